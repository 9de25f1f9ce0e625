import * as v from "valibot";
import { logEntry } from "./logs.ts";
import { METHOD_NAMES } from "./methods.ts";
import { type MessageOf, messageParser, parse } from "./parse.ts";
import { sessionProgress } from "./sessions.ts";
import { errorJson, natural, shortText } from "./values.ts";

/*
 * The messages of a client's link: calls of methods, their answers, and events that belong to a call.
 */

const clientHello = v.object({
  /** The program that connects, for the log: `rain 1.0.0 submit`. */
  agent: shortText,
});
export type ClientHello = v.InferOutput<typeof clientHello>;

const clientWelcome = v.object({
  client: natural,
  /** Identifies the cluster: the same for every server that continues the same journal. */
  cluster: v.string(),
});
export type ClientWelcome = v.InferOutput<typeof clientWelcome>;

const clientToServer = {
  /** The receiver checks the parameters, to answer invalid ones with an error. */
  call: v.object({ id: natural, method: v.picklist(METHOD_NAMES), params: v.unknown() }),
};
export type ClientToServer = MessageOf<typeof clientToServer>;

const serverToClient = {
  reply: v.object({ id: natural, result: v.unknown() }),
  error: v.object({ id: natural, error: errorJson }),
  progress: sessionProgress,
  log: v.object({ id: natural, entries: v.array(logEntry) }),
};
export type ServerToClient = MessageOf<typeof serverToClient>;

export const parseClientToServer = messageParser(clientToServer);
export const parseServerToClient = messageParser(serverToClient);

/** @throws INVALID_MESSAGE */
export function parseClientHello(value: unknown): ClientHello {
  return parse(clientHello, value, "hello");
}

/** @throws INVALID_MESSAGE */
export function parseClientWelcome(value: unknown): ClientWelcome {
  return parse(clientWelcome, value, "welcome");
}
