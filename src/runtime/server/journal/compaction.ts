import type { Logger } from "pino";
import { compactJournal } from "./compact.ts";
import type { Journal } from "./writer.ts";

/** The journal is compacted when closed sessions take more bytes than this and more than half of it. */
const MAX_DEAD_BYTES = 64 << 20;

/** Decides when to rewrite the journal without closed sessions. */
export class Compaction {
  readonly #journal: Journal;
  readonly #isOpen: (session: number) => boolean;
  readonly #lastNumbers: () => { session: number; worker: number };
  readonly #log: Logger;
  #running: Promise<void> | undefined;

  /** @param lastNumbers the highest numbers assigned so far; the compacted journal may not contain them */
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

  /** Marks the records of a closed session as removable. */
  forget(session: number): void {
    const journal = this.#journal;
    journal.forget(session);
    if (journal.deadBytes > MAX_DEAD_BYTES && journal.deadBytes > journal.length / 2) void this.run();
  }

  /** Rewrites the journal. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#compact().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Waits for a compaction in progress. */
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
