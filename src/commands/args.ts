import { Args, Flags } from "@oclif/core";
import type { SessionRef } from "../runtime/protocol/client-messages.ts";

/** What several commands take. */
export const sessionArg = Args.string({ required: true, description: "Id or name of the session." });

export const serverFlags = {
  server: Flags.string({
    summary: "Server to talk to, unless it is that of $RAIN_SERVER or of the last `rain start`.",
    helpValue: "HOST:PORT",
    helpGroup: "GLOBAL",
  }),
  "token-file": Flags.string({
    summary: "File with the token of that server, unless it is that of $RAIN_TOKEN or of `rain start`.",
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

/** A number is an id, anything else a name. */
export function sessionRef(text: string): SessionRef {
  return /^\d+$/.test(text) ? Number(text) : text;
}

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
