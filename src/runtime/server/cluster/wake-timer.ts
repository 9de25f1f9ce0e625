/** Longer times make a timer of Node fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer, for what the core is to be told in time. */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param wake may be called too early: whoever asked knows what is due, and asks again */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Calls back at this time of `performance.now()` instead of the one set before. */
  set(time: number): void {
    clearTimeout(this.#timer);
    const delay = Math.min(Math.max(0, Math.ceil(time - performance.now())), LONGEST_MS);
    this.#timer = setTimeout(this.#wake, delay);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Of a time of the core, in milliseconds since the epoch. */
export function epochTime(seconds: number): number {
  return Math.round(Date.now() + seconds * 1000 - performance.now());
}
