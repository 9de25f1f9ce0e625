import type { SessionProgress } from "../../../runtime/protocol/messages/index.ts";
import { formatProgress } from "../terminal/format.ts";
import { canAnimate, createSteps, type Steps } from "../terminal/steps.ts";

/** More groups than this are shown as a single line. */
const MAX_GROUPS = 12;
const LINE_MS = 5000;

/** Shows the progress of a session on stderr. */
export interface ProgressView {
  show(progress: SessionProgress): void;
  end(): Promise<void>;
}

/**
 * Shows a line for each group on a terminal. Elsewhere, prints a line at each change of state and every few
 * seconds.
 */
export function createProgressView(): ProgressView {
  return canAnimate() ? new GroupLines() : new PlainLines();
}

class GroupLines implements ProgressView {
  #steps: Steps | undefined;
  readonly #done = new Set<number>();

  show(progress: SessionProgress): void {
    const lines = linesOf(progress);
    this.#steps ??= createSteps(lines.map(({ title }) => title));
    for (const [index, { title, done }] of lines.entries()) {
      if (this.#done.has(index)) continue;
      if (!done) this.#steps.update(index, title);
      else {
        this.#steps.done(index, title);
        this.#done.add(index);
      }
    }
  }

  async end(): Promise<void> {
    await this.#steps?.end();
  }
}

class PlainLines implements ProgressView {
  #state: SessionProgress["state"] | undefined;
  #shownAt = 0;

  show({ session, state, tasks }: SessionProgress): void {
    const now = performance.now();
    if (state === this.#state && now - this.#shownAt < LINE_MS) return;
    this.#state = state;
    this.#shownAt = now;
    console.error(`session ${session} ${state}: ${formatProgress(tasks)}`);
  }

  async end(): Promise<void> {}
}

function linesOf({ groups, tasks }: SessionProgress): { title: string; done: boolean }[] {
  const used = groups.filter((group) => group.tasks.total > 0);
  const shown = used.length > MAX_GROUPS ? [{ name: `${used.length} groups`, tasks }] : used;
  return shown.map((group) => ({
    title: `${group.name || "tasks"}: ${formatProgress(group.tasks)}`,
    done: group.tasks.finished === group.tasks.total,
  }));
}
