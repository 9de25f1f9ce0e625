import { Args } from "@oclif/core";
import type { SessionRef } from "../../runtime/protocol/messages/index.ts";

/** The argument for the session of a command. */
export const sessionArg = Args.string({ required: true, description: "Id or name of the session." });

/** A number is an id; any other text is a name. */
export function sessionRef(text: string): SessionRef {
  return /^\d+$/.test(text) ? Number(text) : text;
}
