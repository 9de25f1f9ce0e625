import type { RainError } from "../../errors.ts";

/** One request that waits for tasks. */
interface Wait {
  /** Tasks that must still finish before the answer. */
  remaining: number;
  /** Tasks that may still finish. */
  possible: number;
  done(): void;
  fail(error: RainError): void;
}

/**
 * The requests that wait for tasks of one session. A finished task costs one look-up in a map, or nothing if
 * no request waits.
 */
export class Waits {
  readonly #byTask = new Map<number, Wait[]>();
  readonly #idle = new Set<Wait>();

  /**
   * Resolves when `count` of these unfinished tasks have finished. Rejects when too few of them can still
   * finish.
   */
  forTasks(tasks: ReadonlySet<number>, count: number, signal?: AbortSignal): Promise<void> {
    return this.#wait(count, tasks.size, signal, (wait) => {
      for (const task of tasks) {
        const waits = this.#byTask.get(task);
        if (waits) waits.push(wait);
        else this.#byTask.set(task, [wait]);
      }
    });
  }

  /** Resolves when every submitted task has ended. */
  forAll(signal?: AbortSignal): Promise<void> {
    return this.#wait(1, 1, signal, (wait) => this.#idle.add(wait));
  }

  finished(tasks: Uint32Array): void {
    if (this.#byTask.size === 0) return;
    for (const task of tasks) {
      const waits = this.#byTask.get(task);
      if (!waits) continue;
      this.#byTask.delete(task);
      for (const wait of waits) if (--wait.remaining === 0) wait.done();
    }
  }

  /** Called for tasks that will not finish. Rejects the waits for which too few tasks are left. */
  givenUp(tasks: Iterable<number>, errorOf: (task: number) => RainError): void {
    if (this.#byTask.size === 0) return;
    for (const task of tasks) {
      const waits = this.#byTask.get(task);
      if (!waits) continue;
      this.#byTask.delete(task);
      for (const wait of waits) if (--wait.possible < wait.remaining) wait.fail(errorOf(task));
    }
  }

  /** Called when every task has ended. @param error why tasks have failed */
  idle(error?: RainError): void {
    const waits = [...this.#idle];
    this.#idle.clear();
    for (const wait of waits) error ? wait.fail(error) : wait.done();
  }

  /** Rejects every wait with the error that ended the session. */
  fail(error: RainError): void {
    const waits = new Set([...this.#idle, ...[...this.#byTask.values()].flat()]);
    this.#idle.clear();
    this.#byTask.clear();
    for (const wait of waits) wait.fail(error);
  }

  /** A cancelled wait stays listed under its tasks until they finish, without effect. */
  #wait(
    remaining: number,
    possible: number,
    signal: AbortSignal | undefined,
    enlist: (wait: Wait) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = () => {
        this.#idle.delete(wait);
        reject(signal?.reason);
      };
      const settle = (finish: () => void) => () => {
        signal?.removeEventListener("abort", aborted);
        finish();
      };
      const wait: Wait = {
        remaining,
        possible,
        done: settle(resolve),
        fail: (error) => settle(() => reject(error))(),
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", aborted, { once: true });
      enlist(wait);
    });
  }
}
