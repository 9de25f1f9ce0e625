import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { decode } from "../../protocol/codec/codec.ts";
import { FRAME_HEADER, isIntact, MAGIC } from "./format.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

/** A record, and the offset in the file where it ends. */
export type RecordWithEnd = JournalRecord & { end: number };

/** The undecoded bytes of a record, including its header. */
export interface Frame {
  session: number;
  bytes: Uint8Array;
  /** Offset in the file where the record ends. */
  end: number;
}

/**
 * Reads the records of a journal up to `end` bytes, in order: those of one session, or all if `session` is
 * undefined. `withServer` adds the records that belong to no session. Stops without an error at an incomplete
 * or invalid record, which a crash may leave.
 */
export async function* readJournal(
  path: string,
  options: { session?: number | undefined; withServer?: boolean; end?: number } = {},
): AsyncGenerator<RecordWithEnd> {
  for await (const frame of readFrames(path, options.end === undefined ? {} : { end: options.end })) {
    const isWanted =
      frame.session === options.session ||
      options.session === undefined ||
      (frame.session === 0 && options.withServer === true);
    if (!isWanted) continue;
    const record = decodeRecord(frame);
    if (!record) return;
    yield record;
  }
}

/** Reads the complete records between two offsets of a journal without decoding them. Default: all. */
export async function* readFrames(
  path: string,
  { start = MAGIC.length, end }: { start?: number; end?: number } = {},
): AsyncGenerator<Frame> {
  const last = Math.min(end ?? Number.POSITIVE_INFINITY, (await stat(path)).size);
  if (last <= start) return;
  const stream = createReadStream(path, { start, highWaterMark: 1 << 20, end: last - 1 });
  let gathered: Buffer[] = [];
  let size = 0;
  /** Offset of the first gathered byte. */
  let offset = start;
  let wanted = FRAME_HEADER;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    gathered.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    const bytes = gathered.length === 1 ? chunk : Buffer.concat(gathered, size);
    let at = 0;
    wanted = FRAME_HEADER;
    while (bytes.length - at >= FRAME_HEADER) {
      const next = at + FRAME_HEADER + bytes.readUInt32LE(at);
      // The length of an incomplete record may be any number.
      if (offset + next > last) return;
      if (next > bytes.length) {
        wanted = next - at;
        break;
      }
      yield { session: bytes.readUInt32LE(at + 4), bytes: bytes.subarray(at, next), end: offset + next };
      at = next;
    }
    offset += at;
    gathered = [bytes.subarray(at)];
    size = bytes.length - at;
  }
}

/**
 * Returns `undefined` for an invalid record. A crash of the machine may leave any bytes instead of the last
 * records.
 */
export function decodeRecord({ session, bytes, end }: Frame): RecordWithEnd | undefined {
  if (!isIntact(bytes)) return undefined;
  try {
    const item: unknown = decode(bytes.subarray(FRAME_HEADER));
    if (!Array.isArray(item) || typeof item[0] !== "number" || typeof item[1] !== "string") return undefined;
    const [time, ...body] = item as [number, ...JournalBody];
    return { session, time, body, end };
  } catch {
    return undefined;
  }
}
