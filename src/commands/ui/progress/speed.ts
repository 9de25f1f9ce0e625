import type { TaskCounts } from "../../../runtime/protocol/messages/index.ts";

/** The speed is that of the last seconds. */
const WINDOW_SECONDS = 30;
/** Before this, and with fewer tasks done, the time left cannot be told. */
const MIN_SECONDS = 2;
const MIN_TASKS = 5;

/** Number of tasks that will not run any more. */
export const doneOf = ({ finished, failed, cancelled, skipped }: TaskCounts) =>
  finished + failed + cancelled + skipped;

/** The speed at which tasks end, and the time left, from progress as it comes. Times are in seconds. */
export class Speed {
  readonly #samples: { at: number; done: number }[] = [];

  /** Adds progress. At most ten samples a second are kept. */
  take(at: number, done: number): void {
    const last = this.#samples.at(-1);
    // Lost objects are made again: what was done before is to do.
    if (last && done < last.done) this.#samples.length = 0;
    else if (last && this.#samples.length > 1 && at - last.at < 0.1) this.#samples.pop();
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - this.#samples[1]!.at > WINDOW_SECONDS) this.#samples.shift();
  }

  /** Tasks a second. `undefined` while it cannot be told. */
  perSecond(now: number): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last) return undefined;
    const seconds = now - first.at;
    const tasks = last.done - first.done;
    return seconds < MIN_SECONDS || tasks < MIN_TASKS ? undefined : tasks / seconds;
  }
}
