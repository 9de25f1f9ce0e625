/* Log entries from the journal, for `rain logs`. */

import { RainError } from "../../errors.ts";
import type { LogEntry, LogQuery } from "../../protocol/messages/index.ts";
import { readJournal } from "../journal/reader.ts";
import type { JournalRecord } from "../journal/records.ts";
import type { Journal } from "../journal/writer.ts";
import { LogEntries } from "./entries.ts";

/** Minimum entries in a batch, except the last. */
const BATCH = 256;
/** Maximum records that wait for a slow follower. */
const MAX_QUEUED_RECORDS = 10_000;

/**
 * Reads the journal as log entries, in batches, oldest first. With `follow`, new entries follow until
 * `hasEnded` tells that no more will come, or the signal aborts.
 * @throws the reason of the signal; LIMIT_EXCEEDED if the reader is much too slow
 */
export async function* readLogs(
  journal: Journal,
  query: LogQuery,
  signal: AbortSignal,
  hasEnded: () => boolean = () => false,
): AsyncGenerator<LogEntry[]> {
  const log = new LogEntries(query);
  const live: JournalRecord[] = [];
  let wake: (() => void) | undefined;
  let isBehind = false;
  const unlisten = journal.listen((record) => {
    if (!query.follow || isBehind || !log.isAsked(record)) return;
    isBehind = live.push(record) > MAX_QUEUED_RECORDS;
    if (isBehind) live.length = 0;
    wake?.();
  });
  const woken = () => wake?.();
  signal.addEventListener("abort", woken, { once: true });
  try {
    const end = journal.length;
    await journal.flush();
    let batch: LogEntry[] = [];
    const session = query.server ? 0 : query.session;
    for await (const record of readJournal(journal.path, { session, end })) {
      signal.throwIfAborted();
      for (const entry of log.of(record)) batch.push(entry);
      if (batch.length >= BATCH) {
        yield batch;
        batch = [];
      }
    }
    yield batch;
    while (query.follow) {
      signal.throwIfAborted();
      if (isBehind) throw tooSlow();
      const entries = live.splice(0).flatMap((record) => [...log.of(record)]);
      if (entries.length > 0) yield entries;
      if (live.length > 0 || isBehind || signal.aborted) continue;
      if (hasEnded()) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unlisten();
    signal.removeEventListener("abort", woken);
  }
}

function tooSlow(): RainError {
  return new RainError("LIMIT_EXCEEDED", "new log entries come faster than the client reads them", {
    hint: "Follow one session or worker, or read the log when the session has ended.",
  });
}
