import { Flags } from "@oclif/core";

/** Flags that several commands take. */
export const serverFlags = {
  server: Flags.string({
    summary: "Server to talk to, unless it is that of $RAIN_SERVER or of the last `rain start`.",
    helpValue: "[https://]HOST:PORT",
    helpGroup: "GLOBAL",
  }),
  "token-file": Flags.string({
    summary: "File with the token of that server, unless it is that of $RAIN_TOKEN or of `rain start`.",
    helpValue: "FILE",
    helpGroup: "GLOBAL",
  }),
  "tls-ca": Flags.string({
    summary: "Speak TLS, and trust the certificates in this file. Default: $RAIN_TLS_CA.",
    helpValue: "FILE",
    helpGroup: "GLOBAL",
  }),
};

/** By which a server asks for a token. */
export const tokenFlags = {
  token: Flags.boolean({
    summary: "Ask for a token on loopback, too; any other address asks for one in any case.",
  }),
  "token-file": Flags.string({
    summary: "File with the token; made when there is none. Default: made for each cluster.",
    helpValue: "FILE",
  }),
};

export const timeoutFlag = (summary: string) => Flags.string({ summary, helpValue: "5m" });

/** By which a server or worker proves who it is. */
export const certificateFlags = {
  "tls-cert": Flags.string({
    summary: "Speak TLS with this certificate (PEM).",
    helpValue: "FILE",
    dependsOn: ["tls-key"],
  }),
  "tls-key": Flags.string({
    summary: "Private key of the certificate (PEM).",
    helpValue: "FILE",
    dependsOn: ["tls-cert"],
  }),
};

/** Whom a server trusts to be a worker. */
export const authorityFlag = Flags.string({
  summary: "Certificates that are trusted. Default: $RAIN_TLS_CA, else the certificate if it signed itself.",
  helpValue: "FILE",
});

/** How parameters of a session file get their values. */
export const paramFlags = {
  set: Flags.string({
    summary: "Value of a parameter of the file; may be repeated.",
    helpValue: "NAME=VALUE",
    multiple: true,
    multipleNonGreedy: true,
  }),
  params: Flags.string({ summary: "YAML or JSON file with values of parameters.", helpValue: "FILE" }),
};
