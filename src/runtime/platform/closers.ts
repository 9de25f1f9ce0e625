/** What was started, to be closed in reverse order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  readonly #onError: (error: unknown) => void;

  /** @param onError hears of a closer that throws; the others are called all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @param close may answer a promise */
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
