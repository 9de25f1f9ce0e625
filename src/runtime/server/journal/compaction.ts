import type { Logger } from "pino";
import { compactJournal } from "./compact.ts";
import type { Journal } from "./writer.ts";

/** The journal is compacted when it holds more bytes of closed sessions than this, and they are half of it. */
const MAX_DEAD_BYTES = 64 << 20;

/** Decides when the journal is written anew without closed sessions. */
export class Compaction {
  readonly #journal: Journal;
  readonly #isOpen: (session: number) => boolean;
  readonly #lastNumbers: () => { session: number; worker: number };
  readonly #log: Logger;
  #running: Promise<void> | undefined;

  /** @param lastNumbers the highest numbers given so far: closed sessions no longer tell them */
  constructor(
    journal: Journal,
    isOpen: (session: number) => boolean,
    lastNumbers: () => { session: number; worker: number },
    log: Logger,
  ) {
    this.#journal = journal;
    this.#isOpen = isOpen;
    this.#lastNumbers = lastNumbers;
    this.#log = log;
  }

  /** A session is closed: its records may go. */
  forget(session: number): void {
    const journal = this.#journal;
    journal.forget(session);
    if (journal.deadBytes > MAX_DEAD_BYTES && journal.deadBytes > journal.length / 2) void this.run();
  }

  /** Writes the journal anew. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#compact().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Waits for the compaction that runs, if any. */
  async end(): Promise<void> {
    await this.#running;
  }

  async #compact(): Promise<void> {
    this.#journal.append(0, ["numbers", this.#lastNumbers()]);
    try {
      await compactJournal(this.#journal, this.#isOpen);
      this.#log.info(`the journal was compacted to ${this.#journal.written} bytes`);
    } catch (error) {
      this.#log.warn({ err: error }, "the journal cannot be compacted");
    }
  }
}
