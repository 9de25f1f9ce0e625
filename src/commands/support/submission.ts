import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Session } from "../../runtime/client/index.ts";
import { type ErrorJson, messageOf, RainError } from "../../runtime/errors.ts";
import { abortable } from "../../runtime/platform/abort.ts";
import type {
  BlockedTasks,
  SessionStatus,
  SkippedTasks,
  TaskCounts,
  TaskInfo,
  TaskTitle,
} from "../../runtime/protocol/messages/index.ts";
import type { SessionPlan } from "../../runtime/session-file/index.ts";
import type { ProgressView } from "../ui/sessions/progress-view.ts";
import { blockedLines } from "../ui/tasks/blocked-view.ts";
import { explainEnd, explainUnknownType } from "./explain-failure.ts";

/** How a session ended: what `rain submit --json` prints. */
export interface Outcome {
  session: number;
  name: string;
  state: SessionStatus["state"];
  tasks: TaskCounts;
  /** What is kept, by ref. */
  outputs: Record<string, { size: number | undefined; contentType: string; dataType: string }>;
  /** Refs by the path that they were saved at. */
  saved: Record<string, string>;
  /** What was to be saved and does not exist, by path. */
  notSaved?: Record<string, { ref: string; reason: string }>;
  durationSeconds: number;
  /** Of a session that went on after failures: which tasks failed, and which did not run because of that. */
  failed?: (TaskTitle & { error?: ErrorJson })[];
  skipped?: SkippedTasks[];
  /** What no worker could run when that was noticed first. */
  blocked?: BlockedTasks[];
  error?: ErrorJson;
}

/** Hands over the whole graph. A session that cannot take it is closed. @throws as `Session.submit`, the reason of `signal` */
export async function submitPlan(session: Session, plan: SessionPlan, signal: AbortSignal): Promise<void> {
  const saved = plan.save.map(({ object }) => object);
  try {
    await abortable(session.submit(plan.tasks, saved), signal);
  } catch (error) {
    await session.close().catch(() => {});
    throw await explainUnknownType(error);
  }
  // A session that has failed by now cannot be sealed any more. Its progress tells of it.
  await session.seal().catch(() => {});
}

/** Waits for the end, which `signal` brings about early, and saves what the file says. @throws SERVER_LOST, IO */
export async function runToEnd(
  session: Session,
  options: { plan: SessionPlan; directory: string; view: ProgressView; signal: AbortSignal },
): Promise<{ outcome: Outcome; error: RainError | undefined }> {
  const { plan, directory, view, signal } = options;
  const results: Results = { saved: {}, notSaved: {} };
  let thrown: RainError | undefined;
  let blocked: BlockedTasks[] = [];
  try {
    for await (const progress of session.progress({ signal })) {
      if (progress.blocked > 0 && blocked.length === 0) {
        ({ blocked } = await session.status());
        warnBlocked(blocked);
      }
      view.show(progress);
      if (!progress.error) continue;
      thrown = RainError.fromJSON(progress.error);
      if (plan.onFailure !== "continue" || progress.state !== "failed") throw thrown;
    }
    await save(session, plan, directory, results, signal);
  } catch (error) {
    thrown = RainError.from(signal.aborted ? signal.reason : error);
    if (thrown.code === "SERVER_LOST") throw thrown;
    if (signal.aborted) {
      await session.cancel().catch((failure) => {
        // The server is lost, so that nobody can be told.
        throw RainError.from(failure).code === "SERVER_LOST" ? thrown : failure;
      });
    }
  } finally {
    await view.end();
  }
  const status = await session.status();
  const error = thrown && explainEnd(status, thrown);
  return { outcome: outcomeOf(status, results, blocked, error), error };
}

/** Once: a worker that can run them may still come. */
function warnBlocked(blocked: readonly BlockedTasks[]): void {
  if (blocked.length > 0)
    console.error(["warning: some tasks wait for a worker", ...blockedLines(blocked)].join("\n"));
}

type Results = Required<Pick<Outcome, "saved" | "notSaved">>;

/** Saves what there is: in a session that went on after failures, some of it may not have been made. */
async function save(
  session: Session,
  plan: SessionPlan,
  directory: string,
  { saved, notSaved }: Results,
  signal: AbortSignal,
): Promise<void> {
  for (const { path, ref, object } of plan.save) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true }).catch((error) => {
      throw new RainError("IO", `cannot save ${ref} as ${target}: ${messageOf(error)}`, {
        hint: `It is kept: \`rain fetch ${session.id} ${ref} -o PATH\` brings it.`,
      });
    });
    try {
      await object.fetch({ signal }).writeTo(target);
      saved[target] = ref;
    } catch (error) {
      if (plan.onFailure !== "continue" || !isFailureOfTask(error)) throw error;
      notSaved[target] = { ref, reason: error.message };
    }
  }
}

const isFailureOfTask = (error: unknown): error is RainError =>
  error instanceof RainError && error.details.task !== undefined;

function outcomeOf(
  status: SessionStatus,
  { saved, notSaved }: Results,
  blocked: BlockedTasks[],
  error: RainError | undefined,
): Outcome {
  const { id, name, state, tasks, kept, createdAt, endedAt, failedTasks, skippedTasks } = status;
  const made = kept.filter((object) => object.state !== "failed");
  const outputs = made.map(({ object, ref = `#${object}`, size, contentType, dataType }) => [
    ref,
    { size, contentType, dataType },
  ]);
  return {
    session: id,
    name,
    state,
    tasks,
    outputs: Object.fromEntries(outputs),
    saved,
    ...(Object.keys(notSaved).length === 0 ? {} : { notSaved }),
    durationSeconds: ((endedAt ?? Date.now()) - createdAt) / 1000,
    ...(status.onFailure === "continue" && failedTasks.length > 0
      ? { failed: failedTasks.map(failedTask), skipped: skippedTasks }
      : {}),
    ...(blocked.length === 0 ? {} : { blocked }),
    ...(error === undefined ? {} : { error: error.toJSON() }),
  };
}

function failedTask({ task, key, name, type, error }: TaskInfo): TaskTitle & { error?: ErrorJson } {
  return { task, key, name, type, error };
}
