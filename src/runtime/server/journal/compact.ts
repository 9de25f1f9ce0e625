import type { JournalFile } from "./file.ts";
import { isIntact, MAGIC } from "./format.ts";
import { decodeRecord, type Frame, readFrames } from "./reader.ts";
import type { Journal } from "./writer.ts";

/** Age after which measurements of workers are removed. */
const SAMPLES_KEPT_MS = 60 * 60_000;
/** Bytes per write. */
const BATCH_BYTES = 1 << 20;

/**
 * Rewrites the journal without closed sessions and old measurements. Also copies records that are appended
 * meanwhile.
 * @throws an error of the file system; the journal is unchanged then
 */
export async function compactJournal(journal: Journal, isLive: (session: number) => boolean): Promise<void> {
  const oldest = Date.now() - SAMPLES_KEPT_MS;
  const draft = journal.createDraft();
  try {
    draft.append(MAGIC);
    let copied = MAGIC.length;
    // Each pass has less to copy than the one before. `replaceByDraft` copies the rest synchronously.
    for (let pass = 0; pass < 3; pass++) {
      journal.write();
      const end = journal.written;
      await copyLive(journal.path, copied, end, draft, isLive, oldest);
      copied = end;
    }
    await draft.sync();
    journal.replaceByDraft(copied);
  } finally {
    journal.discardDraft();
  }
}

/** Copies the live records between two offsets of the journal. @throws Error unless it reads all of them */
async function copyLive(
  path: string,
  from: number,
  to: number,
  draft: JournalFile,
  isLive: (session: number) => boolean,
  oldest: number,
): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let offset = from;
  const flush = () => {
    draft.append(Buffer.concat(batch, size));
    batch = [];
    size = 0;
  };
  for await (const frame of readFrames(path, { start: from, end: to })) {
    if (!isIntact(frame.bytes)) throw new Error(`${path} has an invalid record at ${offset}`);
    offset = frame.end;
    if (!(frame.session === 0 ? isWorthKeeping(frame, oldest) : isLive(frame.session))) continue;
    batch.push(frame.bytes);
    size += frame.bytes.length;
    if (size >= BATCH_BYTES) flush();
  }
  flush();
  if (offset !== to) throw new Error(`${path} ends at ${offset}, before ${to}`);
}

function isWorthKeeping(frame: Frame, oldest: number): boolean {
  const record = decodeRecord(frame);
  return record !== undefined && (record.body[0] !== "sample" || record.time >= oldest);
}
