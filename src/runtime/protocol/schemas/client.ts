import * as v from "valibot";
import type {
  ClientHello,
  ClientToServer,
  ClientWelcome,
  ServerToClient,
} from "../messages/client-messages.ts";
import { errorJson, natural, shortText } from "./common.ts";
import { METHOD_NAMES } from "./methods.ts";
import { messageParser, parse } from "./parse.ts";
import { logEntry, sessionProgress } from "./status.ts";

export { parseMethodParams, parseMethodResult } from "./methods.ts";

/** The parameters are left as they came: whoever answers the call checks them and can answer with an error. */
const call = v.object({
  id: natural,
  method: v.picklist(METHOD_NAMES),
  params: v.unknown(),
});
const clientHello = v.object({ agent: shortText });
const clientWelcome = v.object({ client: natural, cluster: v.string() });

export const parseClientToServer = messageParser<ClientToServer>({ call });

export const parseServerToClient = messageParser<ServerToClient>({
  reply: v.object({ id: natural, result: v.unknown() }),
  error: v.object({ id: natural, error: errorJson }),
  progress: sessionProgress,
  log: v.object({ id: natural, entries: v.array(logEntry) }),
});

/** @throws INVALID_MESSAGE */
export function parseClientHello(value: unknown): ClientHello {
  return parse(clientHello, value, "hello");
}

/** @throws INVALID_MESSAGE */
export function parseClientWelcome(value: unknown): ClientWelcome {
  return parse(clientWelcome, value, "welcome");
}
