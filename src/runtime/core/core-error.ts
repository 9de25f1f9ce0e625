/**
 * A broken rule of the core. It is a bug in the program that calls `step` or in the core, never the fault of
 * a message from a worker or client.
 */
export class CoreError extends Error {
  override readonly name = "CoreError";
}
