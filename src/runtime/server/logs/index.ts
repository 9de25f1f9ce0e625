import { RainError } from "../../errors.ts";
import type { LogEntry, LogQuery } from "../../protocol/messages/index.ts";
import { readJournal } from "../journal/reader.ts";
import type { JournalRecord } from "../journal/records.ts";
import type { Journal } from "../journal/writer.ts";
import { LogEntries } from "./entries.ts";

/** Entries in a batch. */
const BATCH = 256;
/** Records that may wait while a follower is busy with earlier ones. */
const MAX_BEHIND = 10_000;

/**
 * Reads the journal as log entries, in batches, oldest first. With `follow`, new entries follow until the signal aborts.
 * @throws the reason of the signal, LIMIT_EXCEEDED when the entries are read much more slowly than they come
 */
export async function* readLogs(
  journal: Journal,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogEntry[]> {
  const log = new LogEntries(query);
  const live: JournalRecord[] = [];
  let wake: (() => void) | undefined;
  let isBehind = false;
  const unlisten = journal.listen((record) => {
    if (!query.follow || isBehind || !log.isAsked(record)) return;
    isBehind = live.push(record) > MAX_BEHIND;
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
      if (live.length === 0 && !isBehind && !signal.aborted)
        await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unlisten();
    signal.removeEventListener("abort", woken);
  }
}

function tooSlow(): RainError {
  return new RainError("LIMIT_EXCEEDED", "the log is read more slowly than things happen", {
    hint: "Follow one session or worker, or read the log when the session has ended.",
  });
}
