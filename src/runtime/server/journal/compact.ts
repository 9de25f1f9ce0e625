import { type FileHandle, open, rm } from "node:fs/promises";
import { MAGIC } from "./format.ts";
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
  const draft = `${journal.path}.compact`;
  const oldest = Date.now() - SAMPLES_KEPT_MS;
  const file = await open(draft, "w");
  try {
    await file.write(MAGIC);
    let copied = MAGIC.length;
    // Each pass has less to copy than the one before. `replaceBy` copies the rest synchronously.
    for (let pass = 0; pass < 3; pass++) {
      journal.write();
      copied = await copyLive(journal.path, copied, journal.written, file, isLive, oldest);
    }
    await file.sync();
    journal.replaceBy(draft, copied);
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

/** Copies the live records between two offsets of the journal. Returns the offset where it stopped. */
async function copyLive(
  path: string,
  from: number,
  to: number,
  file: FileHandle,
  isLive: (session: number) => boolean,
  oldest: number,
): Promise<number> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let offset = from;
  const flush = async () => {
    if (size > 0) await file.write(Buffer.concat(batch, size));
    batch = [];
    size = 0;
  };
  for await (const frame of readFrames(path, { start: from, end: to })) {
    offset = frame.end;
    if (!(frame.session === 0 ? isWorthKeeping(frame, oldest) : isLive(frame.session))) continue;
    batch.push(frame.bytes);
    size += frame.bytes.length;
    if (size >= BATCH_BYTES) await flush();
  }
  await flush();
  return offset;
}

function isWorthKeeping(frame: Frame, oldest: number): boolean {
  const record = decodeRecord(frame);
  return record !== undefined && (record.body[0] !== "sample" || record.time >= oldest);
}
