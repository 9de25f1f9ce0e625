import type { Session } from "../client/index.ts";
import { RainError } from "../errors.ts";
import { abortable } from "../platform/abort.ts";
import type { BlockedTasks, SessionProgress } from "../protocol/messages/index.ts";
import type { SessionPlan } from "../session-file/index.ts";
import { explainEnd, explainUnknownType } from "./explain-failure.ts";
import { type Outcome, outcomeOf, type Saves } from "./outcome.ts";
import { saveAll } from "./save-all.ts";

/** Called while a session runs. */
export interface RunObserver {
  /** Called at once and whenever the progress changes. */
  onProgress?(progress: SessionProgress): void;
  /** Called once if some tasks wait because no worker can run them. A suitable worker may still join. */
  onBlocked?(blocked: BlockedTasks[]): void;
}

/**
 * Submits the whole graph. Closes the session on error.
 * @throws as `Session.submit`, the reason of `signal`
 */
export async function submitPlan(session: Session, plan: SessionPlan, signal: AbortSignal): Promise<void> {
  const saved = plan.save.map(({ object }) => object);
  try {
    await abortable(session.submit(plan.tasks, saved), signal);
  } catch (error) {
    await session.close().catch(() => {});
    throw await explainUnknownType(error);
  }
  // A session that has already failed cannot be sealed. Its progress reports the failure.
  await session.seal().catch(() => {});
}

/**
 * Waits until the session has ended, and saves the objects that the file names. `signal` cancels the session.
 * @returns also the error that ended the session early, if any
 * @throws SERVER_LOST, IO
 */
export async function runToEnd(
  session: Session,
  options: RunObserver & { plan: SessionPlan; directory: string; signal: AbortSignal },
): Promise<{ outcome: Outcome; error: RainError | undefined }> {
  const { plan, directory, signal } = options;
  const results: Saves = { saved: {}, notSaved: {} };
  let thrown: RainError | undefined;
  let blocked: BlockedTasks[] = [];
  try {
    for await (const progress of session.progress({ signal })) {
      if (progress.blocked > 0 && blocked.length === 0) {
        ({ blocked } = await session.status());
        if (blocked.length > 0) options.onBlocked?.(blocked);
      }
      options.onProgress?.(progress);
      if (!progress.error) continue;
      thrown = RainError.fromJSON(progress.error);
      if (plan.onFailure !== "continue" || progress.state !== "failed") throw thrown;
    }
    await saveAll(session, { plan, directory, signal }, results);
  } catch (error) {
    thrown = RainError.from(signal.aborted ? signal.reason : error);
    if (thrown.code === "SERVER_LOST") throw thrown;
    if (signal.aborted) {
      await session.cancel().catch((failure) => {
        // Without the server there is nothing to cancel.
        throw RainError.from(failure).code === "SERVER_LOST" ? thrown : failure;
      });
    }
  }
  const status = await session.status();
  const error = thrown && explainEnd(status, thrown);
  return { outcome: outcomeOf(status, results, blocked, error), error };
}
