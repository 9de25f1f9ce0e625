import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { READ_SIZE } from "./tar.ts";

export interface FileAnswer {
  /** Bytes of the file. */
  size: number;
  headers: Record<string, string>;
  /** Called before the last bytes are sent. If it throws, the receiver sees an answer that is cut off. */
  check?: () => Promise<void>;
}

/**
 * Answers a request with a file, or with its rest if the request has `range: bytes=N-`. The file can be
 * removed meanwhile. Returns how many bytes were sent.
 * @throws Error if it is shorter than `size` or the connection breaks, or the error of the check
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { size, headers, check }: FileAnswer,
): Promise<number> {
  const file = await open(path);
  try {
    const start = startOf(request, size);
    const length = size - start;
    response.writeHead(start > 0 ? 206 : 200, {
      ...headers,
      "content-length": length,
      ...(start > 0 && { "content-range": `bytes ${start}-${size - 1}/${size}` }),
    });
    await pipeline(fileChunks(file, start, size, check), response);
    return length;
  } finally {
    await file.close();
  }
}

/** Only ranges `bytes=N-` are supported; for others the whole file is sent. */
function startOf({ headers }: IncomingMessage, size: number): number {
  const start = Number(/^bytes=(\d{1,15})-$/.exec(headers.range ?? "")?.[1] ?? 0);
  return start < size ? start : 0;
}

/**
 * Yields the bytes from `start` to `end` in two alternating buffers: one is read while the other is sent. The
 * consumer must have finished with a chunk when it requests the next one. A piped response has, for chunks
 * above its high-water mark, and only the last chunk is smaller.
 * @throws Error if the file ends before `end`
 */
async function* fileChunks(
  file: FileHandle,
  start: number,
  end: number,
  check: FileAnswer["check"],
): AsyncGenerator<Buffer, void> {
  let [buffer, other] = [Buffer.allocUnsafeSlow(READ_SIZE), Buffer.allocUnsafeSlow(READ_SIZE)];
  const read = async (position: number) => {
    [buffer, other] = [other, buffer];
    const length = Math.min(READ_SIZE, end - position);
    const { bytesRead } = await file.read(buffer, 0, length, position);
    if (bytesRead < length) throw new Error(`the file ends at byte ${position + bytesRead}, before ${end}`);
    return buffer.subarray(0, length);
  };
  let reading = read(start);
  try {
    for (let position = start; position < end; ) {
      const chunk = await reading;
      position += chunk.length;
      reading = read(position);
      // An error is handled after the chunk has been sent.
      reading.catch(() => {});
      if (position >= end) await check?.();
      yield chunk;
    }
  } finally {
    // The file must not be closed during a read.
    await reading.catch(() => {});
  }
}
