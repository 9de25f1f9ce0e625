import { MAX_TIMER_MS } from "../../platform/long-timer.ts";

/** The timer for `timePassed`. */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param wake may be called too early; the core then sets a new time */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Replaces the time to wake. It is on the clock of `performance.now()`. */
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
