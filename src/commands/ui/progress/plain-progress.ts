import type { SessionProgress } from "../../../runtime/protocol/messages/index.ts";
import { formatDuration, formatProgress } from "../terminal/format.ts";
import { doneOf } from "./speed.ts";

const PARTS = 10;
const MAX_SECONDS = 30;

/** Decides which progress is worth a line in a log: a new state, another tenth done, or half a minute passed. */
export class PlainProgress {
  #state: SessionProgress["state"] | undefined;
  #part = 0;
  #shownAt = 0;

  /** @param elapsedSeconds since the submit */
  lineOf({ session, state, tasks }: SessionProgress, elapsedSeconds: number): string | undefined {
    const part = tasks.total === 0 ? 0 : Math.floor((doneOf(tasks) * PARTS) / tasks.total);
    const isNews =
      state !== this.#state || part > this.#part || elapsedSeconds - this.#shownAt >= MAX_SECONDS;
    if (!isNews) return undefined;
    this.#state = state;
    this.#part = part;
    this.#shownAt = elapsedSeconds;
    const after = elapsedSeconds < 1 ? "" : `, ${formatDuration(elapsedSeconds)}`;
    return `session ${session} ${state}: ${formatProgress(tasks)}${after}`;
  }
}
