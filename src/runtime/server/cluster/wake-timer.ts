/** The longest delay of a timer of Node: a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The timer for `timePassed`. */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param wake may be called too early: the core then asks again */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Sets the time, on the clock of `performance.now()`, instead of the one set before. */
  set(time: number): void {
    clearTimeout(this.#timer);
    const delay = Math.min(Math.max(0, Math.ceil(time - performance.now())), MAX_TIMER_MS);
    this.#timer = setTimeout(this.#wake, delay);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Converts a time of the core to milliseconds since the epoch. */
export function epochTime(seconds: number): number {
  return Math.round(Date.now() + seconds * 1000 - performance.now());
}
