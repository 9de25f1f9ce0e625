import { createReadStream } from "node:fs";
import { decode } from "../../protocol/codec.ts";
import { FRAME_HEADER, MAGIC } from "./format.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

/** With the place in the file where it ends. */
export type PlacedRecord = JournalRecord & { end: number };

/**
 * The records of a journal up to `end` bytes, in order: those of one session, with or without those of no
 * session, or with `session` undefined all.
 * A torn last record, as a crash leaves it, or one that is none ends the reading without an error.
 */
export async function* readJournal(
  path: string,
  options: { session?: number; withServer?: boolean; end?: number } = {},
): AsyncGenerator<PlacedRecord> {
  const last = options.end === undefined ? {} : { end: options.end - 1 };
  const stream = createReadStream(path, { start: MAGIC.length, highWaterMark: 1 << 20, ...last });
  let gathered: Buffer[] = [];
  let size = 0;
  /** Of the first byte of what is gathered. */
  let place = MAGIC.length;
  let wanted = FRAME_HEADER;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    gathered.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    const bytes = gathered.length === 1 ? chunk : Buffer.concat(gathered, size);
    let at = 0;
    wanted = FRAME_HEADER;
    while (bytes.length - at >= FRAME_HEADER) {
      const end = at + FRAME_HEADER + bytes.readUInt32LE(at);
      if (end > bytes.length) {
        wanted = end - at;
        break;
      }
      const session = bytes.readUInt32LE(at + 4);
      if (
        session === options.session ||
        options.session === undefined ||
        (session === 0 && options.withServer)
      ) {
        const item = decodeRecord(bytes.subarray(at + FRAME_HEADER, end));
        if (!item) return;
        const [time, ...body] = item;
        yield { session, time, body, end: place + end };
      }
      at = end;
    }
    place += at;
    gathered = [bytes.subarray(at)];
    size = bytes.length - at;
  }
}

/** A crash of the machine may leave anything in the place of the last records. */
function decodeRecord(bytes: Uint8Array): [number, ...JournalBody] | undefined {
  try {
    const item: unknown = decode(bytes);
    const isRecord = Array.isArray(item) && typeof item[0] === "number" && typeof item[1] === "string";
    return isRecord ? (item as [number, ...JournalBody]) : undefined;
  } catch {
    return undefined;
  }
}
