import type { ErrorJson } from "../../errors.ts";

/** Maximum errors of a session in memory. The journal has all of them. */
const MAX_ERRORS = 1000;

/** The tasks of a session that have failed for good, with their errors. */
export class Failures {
  readonly #errors = new Map<number, ErrorJson>();

  add(task: number, error: ErrorJson): void {
    if (this.#errors.size < MAX_ERRORS) this.#errors.set(task, error);
  }

  get(task: number): ErrorJson | undefined {
    return this.#errors.get(task);
  }

  get first(): ErrorJson | undefined {
    return this.#errors.values().next().value;
  }

  /** Failed tasks in the order in which they failed. */
  tasks(limit: number): number[] {
    return [...this.#errors.keys()].slice(0, limit);
  }
}
