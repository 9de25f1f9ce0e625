/** The parts of a process, which are closed in reverse order of their start. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  readonly #onError: (error: unknown) => void;

  /** @param onError called with the error of a closer; the others are still called */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @param close may return a promise */
  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Calls each closer once, the newest first. Never rejects. */
  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
