import type { SessionRecord } from "./session-record.ts";

/** Time that a session waits for its client after a restart of the server. */
const OWNER_TIMEOUT_MS = 30_000;

/** Attached sessions of a former server whose clients have not come back yet. */
export class Orphans {
  readonly #timers = new Map<SessionRecord, NodeJS.Timeout>();
  readonly #abandon: (record: SessionRecord) => void;

  /** @param abandon ends a session whose client has not come back */
  constructor(abandon: (record: SessionRecord) => void) {
    this.#abandon = abandon;
  }

  add(record: SessionRecord): void {
    const giveUp = () => {
      this.#timers.delete(record);
      this.#abandon(record);
    };
    this.#timers.set(record, setTimeout(giveUp, OWNER_TIMEOUT_MS));
  }

  /** Called when the client of a session is back. Returns whether the session waited for it. */
  reclaim(record: SessionRecord): boolean {
    clearTimeout(this.#timers.get(record));
    return this.#timers.delete(record);
  }

  /** Stops waiting for clients. */
  end(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
