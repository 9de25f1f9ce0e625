/**
 * A broken rule of the core: a fault of the program that calls `step`, never of a worker's or a client's
 * message.
 */
export class CoreError extends Error {
  override readonly name = "CoreError";
}
