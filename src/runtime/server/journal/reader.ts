import { createReadStream } from "node:fs";
import { decode } from "../../protocol/codec.ts";
import type { JournalBody, JournalRecord } from "./records.ts";
import { FRAME_HEADER, MAGIC } from "./writer.ts";

/**
 * The records of a journal up to `end` bytes, in order: those of one session, or with `session` undefined all.
 * A torn last record, as a crash leaves it, ends the reading without an error.
 */
export async function* readJournal(
  path: string,
  options: { session?: number; end?: number } = {},
): AsyncGenerator<JournalRecord> {
  const last = options.end === undefined ? {} : { end: options.end - 1 };
  const stream = createReadStream(path, { start: MAGIC.length, highWaterMark: 1 << 20, ...last });
  let gathered: Buffer[] = [];
  let size = 0;
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
      if (options.session === undefined || options.session === session) {
        const [time, ...body] = decode(bytes.subarray(at + FRAME_HEADER, end)) as [number, ...JournalBody];
        yield { session, time, body };
      }
      at = end;
    }
    gathered = [bytes.subarray(at)];
    size = bytes.length - at;
  }
}
