import type { ErrorJson, RainError } from "../errors.ts";
import type {
  BlockedTasks,
  SessionStatus,
  SkippedTasks,
  TaskCounts,
  TaskInfo,
  TaskTitle,
} from "../protocol/messages/index.ts";

/** How a session ended: what `rain submit --json` prints and `runFile` returns. */
export interface Outcome {
  session: number;
  name: string;
  state: SessionStatus["state"];
  tasks: TaskCounts;
  /** The kept objects, by ref. */
  outputs: Record<string, { size: number | undefined; contentType: string; dataType: string }>;
  /** Refs of the saved objects, by the path they were saved at. */
  saved: Record<string, string>;
  /** Objects that were not saved because they were not made, by path. */
  notSaved?: Record<string, { ref: string; reason: string }>;
  /** In ISO 8601 with a zone. */
  createdAt: string;
  /** Absent while the session is not over. */
  endedAt?: string;
  durationSeconds: number;
  /** The tasks that failed, in a session that continued after failures. */
  failed?: (TaskTitle & { error?: ErrorJson | undefined })[];
  /** The tasks that were skipped because of them. */
  skipped?: SkippedTasks[];
  /** Tasks that no worker could run when this was first noticed. */
  blocked?: BlockedTasks[];
  error?: ErrorJson;
}

/** Objects that were saved, and objects that were not made. */
export type Saves = Required<Pick<Outcome, "saved" | "notSaved">>;

export function outcomeOf(
  status: SessionStatus,
  { saved, notSaved }: Saves = { saved: {}, notSaved: {} },
  blocked: BlockedTasks[] = [],
  error?: RainError,
): Outcome {
  const { session, name, state, tasks, kept, failedTasks, skippedTasks } = status;
  const made = kept.filter((object) => object.state !== "failed");
  const outputs = made.map(({ object, ref = `#${object}`, size, contentType, dataType }) => [
    ref,
    { size, contentType, dataType },
  ]);
  return {
    session,
    name,
    state,
    tasks,
    outputs: Object.fromEntries(outputs),
    saved,
    ...(Object.keys(notSaved).length === 0 ? {} : { notSaved }),
    createdAt: status.createdAt,
    ...(status.endedAt !== undefined && { endedAt: status.endedAt }),
    durationSeconds: status.durationSeconds,
    ...(status.onFailure === "continue" && failedTasks.length > 0
      ? { failed: failedTasks.map(failedTask), skipped: skippedTasks }
      : {}),
    ...(blocked.length === 0 ? {} : { blocked }),
    ...(error === undefined ? {} : { error: error.toJSON() }),
  };
}

function failedTask({
  task,
  key,
  name,
  type,
  error,
}: TaskInfo): TaskTitle & { error?: ErrorJson | undefined } {
  return { task, key, name, type, error };
}
