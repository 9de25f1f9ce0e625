/** Longest delay of a timer in Node, in milliseconds. A longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A timer that calls back once, after a delay of any length. */
export class LongTimer {
  readonly #end: number;
  readonly #callback: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(callback: () => void, ms: number) {
    this.#end = performance.now() + ms;
    this.#callback = callback;
    this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const left = this.#end - performance.now();
    if (left > MAX_TIMER_MS) this.#timer = setTimeout(() => this.#wait(), MAX_TIMER_MS);
    else this.#timer = setTimeout(this.#callback, left);
  }
}
