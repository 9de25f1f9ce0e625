/** The protocol `cbor-1`, by which a worker talks to executors in any language. It knows nothing of workers. */
export { Connection, type ConnectionEvents } from "./connection.ts";
export { Listener } from "./listener.ts";
export type * from "./messages.ts";
