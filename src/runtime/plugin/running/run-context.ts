/* The parts of a running task that workers and executors share. */

import type { TaskInput } from "../contract/index.ts";
import type { Slots } from "../contract/values.ts";
import { inputsByLabel } from "../loading/outputs.ts";

/** The last output of a program. */
export interface PrintedTails {
  stdout?: string | undefined;
  stderr?: string | undefined;
}

/**
 * The common part of the context of a running task, in workers and executors: inputs by label, the abort
 * signal, and what the run reports besides its outputs. Rarely used parts are created on demand.
 */
export abstract class RunContext<Input extends TaskInput> {
  abstract readonly inputs: readonly Input[];
  #byLabel: Record<string, Input> | undefined;
  #abort: AbortController | undefined;
  #aborted = false;
  #info: { user: unknown } | undefined;
  #debug: string | undefined;
  #printed: PrintedTails | undefined;

  /** The inputs that the task type declares. */
  protected abstract get inputSlots(): Slots;

  get input(): Readonly<Record<string, Input>> {
    this.#byLabel ??= inputsByLabel(this.inputSlots, this.inputs);
    return this.#byLabel;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted) this.#abort.abort();
    return this.#abort.signal;
  }

  get info(): { user: unknown } {
    this.#info ??= { user: undefined };
    return this.#info;
  }

  debug(message: string): void {
    this.#debug = this.#debug === undefined ? `${message}` : `${this.#debug}\n${message}`;
  }

  printed(tails: PrintedTails): void {
    this.#printed = tails;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** Tells the code to stop. */
  abort(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  /** The lines that the code has passed to `debug`. */
  get debugText(): string | undefined {
    return this.#debug;
  }

  /** The `info.user` that the code has set. */
  get userInfo(): unknown {
    return this.#info?.user;
  }

  get printedTails(): PrintedTails | undefined {
    return this.#printed;
  }
}
