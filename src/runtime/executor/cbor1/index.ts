/** The protocol `cbor-1` between a worker and executors in any language. */
export { Connection, type ConnectionEvents } from "./connection.ts";
export { Listener } from "./listener.ts";
export type * from "./messages.ts";
