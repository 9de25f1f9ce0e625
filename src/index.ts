/** The public API: the client with the values it submits, and the contract for plugins. */
import type { Outcome, ParamValue, RunFileOptions, RunObserver } from "./run-file.ts";
import type { Client } from "./runtime/client/index.ts";

// Classes whose instances only Rain makes are exported as types.
export type * from "./runtime/client/index.ts";
export {
  abortSignal,
  blob,
  connect,
  directory,
  file,
  program,
  remote,
  task,
  tasks,
} from "./runtime/client/index.ts";
export { type ErrorCode, type ErrorDetails, type ErrorJson, RainError } from "./runtime/errors.ts";
export {
  type ContentType,
  defineContentType,
  definePlugin,
  defineTask,
  type ExecutorCommand,
  type Plugin,
  type Slot,
  type Slots,
  type TaskContext,
  TaskError,
  type TaskInput,
  type TaskOutput,
  type TaskOutputs,
  type TaskType,
  type TypedOutputs,
  type TypedTask,
} from "./runtime/plugin/contract/index.ts";
export type { StandardSchemaV1 } from "./runtime/plugin/contract/standard-schema.ts";
export type { ConfigOf, InputsByLabel, InputsOf } from "./runtime/plugin/contract/typing.ts";

export type { Outcome, ParamValue, RunFileOptions, RunObserver };

/**
 * Runs a session file as `rain submit` does: submits it, waits for its end, and saves its results. The session stays, with the
 * objects it keeps, until it is closed. A session that fails or is cancelled has an outcome, too, with its `error`.
 * @param at a connected client, or the address of a server
 * @param path path or file URL of the session file
 * @returns what `rain submit --json` prints, without the `version` of documents
 * @throws INVALID_FILE, INVALID_PARAMS, SERVER_UNREACHABLE, SERVER_LOST, IO, or as `Session.submit`
 */
export async function runFile(
  at: Client | string,
  path: string | URL,
  options?: RunFileOptions,
): Promise<Outcome> {
  // The reader of session files is loaded only here, so that other programs start without it.
  const { runFile } = await import("./run-file.ts");
  return runFile(at, path, options);
}
