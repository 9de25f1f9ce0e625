import { type ErrorDetails, type ErrorJson, messageOf, RainError } from "../../errors.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { AssignedTask } from "./assigned-task.ts";

/**
 * The error of a failed task for the server: what was thrown, with its details, and where.
 * @param debug the end of what the code passed to `debug`
 */
export function taskFailure(
  { id, name, kind }: AssignedTask,
  worker: number,
  thrown: unknown,
  debug?: string,
): ErrorJson {
  const details = {
    ...detailsOf(thrown),
    ...(debug === undefined ? {} : { debug }),
    task: id,
    name,
    type: kind.typeName,
    worker,
  };
  // These errors come from the worker. Whatever the code of a task throws is a failure of the task.
  const ours =
    thrown instanceof RainError && (thrown.code === "OBJECT_LOST" || thrown.code === "UNKNOWN_TASK_TYPE");
  const message = messageOf(thrown) || "it failed without a message";
  return new RainError(ours ? thrown.code : "TASK_FAILED", message, { details }).toJSON();
}

/** The details of a `TaskError` or `RainError`, which may come from a plugin's own copy of the package. */
function detailsOf(thrown: unknown): ErrorDetails {
  if (!(thrown instanceof Error) || !("details" in thrown)) return {};
  const details = plainJson(thrown.details);
  return typeof details === "object" && details !== null ? { ...details } : {};
}
