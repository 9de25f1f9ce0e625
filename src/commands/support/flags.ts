import { Flags } from "@oclif/core";

/** Flags of all commands that use a server. */
export const serverFlags = {
  server: Flags.string({
    summary: "Server to use. Default: $RAIN_SERVER, else the last `rain start`.",
    helpValue: "[https://]HOST:PORT",
    helpGroup: "GLOBAL",
  }),
  "token-file": Flags.string({
    summary: "File with the token of the server. Default: $RAIN_TOKEN, else that of your own server.",
    helpValue: "FILE",
    helpGroup: "GLOBAL",
  }),
  "tls-ca": Flags.string({
    summary: "Use TLS and trust the certificates in this file. Default: $RAIN_TLS_CA.",
    helpValue: "FILE",
    helpGroup: "GLOBAL",
  }),
};

/** Flags for the token of a server. */
export const tokenFlags = {
  token: Flags.boolean({
    summary: "Require a token (the default). With --no-token, all users of this machine can use the server.",
    default: true,
    allowNo: true,
  }),
  "token-file": Flags.string({
    summary: "File with the token; created if missing. Default: a file below $RAIN_HOME.",
    helpValue: "FILE",
  }),
};

export const timeoutFlag = (summary: string) => Flags.string({ summary, helpValue: "5m" });

/** Flags for the certificate of a server or worker. */
export const certificateFlags = {
  "tls-cert": Flags.string({
    summary: "Use TLS with this certificate (PEM).",
    helpValue: "FILE",
    dependsOn: ["tls-key"],
  }),
  "tls-key": Flags.string({
    summary: "Private key of the certificate (PEM).",
    helpValue: "FILE",
    dependsOn: ["tls-cert"],
  }),
};

/** The certificates that a server trusts. */
export const authorityFlag = Flags.string({
  summary: "Trusted certificates. Default: $RAIN_TLS_CA, else the certificate itself if it is self-signed.",
  helpValue: "FILE",
});

/** Flags for the parameters of a session file. */
export const paramFlags = {
  set: Flags.string({
    summary: "Set a parameter of the file, or add an entry to a list with NAME+=ENTRY; may be repeated.",
    helpValue: "NAME=VALUE",
    multiple: true,
    multipleNonGreedy: true,
  }),
  params: Flags.string({ summary: "YAML or JSON file with values of parameters.", helpValue: "FILE" }),
};
