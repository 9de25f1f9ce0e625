import { type FileHandle, open, rm } from "node:fs/promises";
import { MAGIC } from "./format.ts";
import { decodeRecord, type Frame, readFrames } from "./reader.ts";
import type { Journal } from "./writer.ts";

/** Age after which measurements of workers are removed. */
const SAMPLES_KEPT_MS = 60 * 60_000;
/** Bytes that are written at once. */
const BATCH_BYTES = 1 << 20;

/**
 * Writes the journal anew without sessions that are not live and without old measurements. Records that are
 * appended meanwhile are copied, too. @throws an error of the file system; the journal stays as it was then
 */
export async function compactJournal(journal: Journal, isLive: (session: number) => boolean): Promise<void> {
  const draft = `${journal.path}.compact`;
  const oldest = Date.now() - SAMPLES_KEPT_MS;
  const file = await open(draft, "w");
  try {
    await file.write(MAGIC);
    let copied = MAGIC.length;
    // Each turn has less to copy than the previous one. The rest is copied while nothing else happens.
    for (let turn = 0; turn < 3; turn++) {
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

/** Copies the live records between two places of the journal. Answers the place up to which it has read. */
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
  let place = from;
  const flush = async () => {
    if (size > 0) await file.write(Buffer.concat(batch, size));
    batch = [];
    size = 0;
  };
  for await (const frame of readFrames(path, { start: from, end: to })) {
    place = frame.end;
    if (!(frame.session === 0 ? isWorthKeeping(frame, oldest) : isLive(frame.session))) continue;
    batch.push(frame.bytes);
    size += frame.bytes.length;
    if (size >= BATCH_BYTES) await flush();
  }
  await flush();
  return place;
}

function isWorthKeeping(frame: Frame, oldest: number): boolean {
  const record = decodeRecord(frame);
  return record !== undefined && (record.body[0] !== "sample" || record.time >= oldest);
}
