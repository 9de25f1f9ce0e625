import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { PassThrough, type Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Writes the body of a request to a new file, and returns its size. On error, it removes the file and leaves
 * the request open, so that the sender can read the error.
 * @throws the error of the body, the check or the disk
 */
export async function storeBody(
  body: Readable,
  path: string,
  { mode, check = new PassThrough() }: { mode?: number; check?: Transform } = {},
): Promise<number> {
  const target = createWriteStream(path, { flags: "wx", mode, highWaterMark: 1 << 20 });
  try {
    await pipeline(body.iterator({ destroyOnReturn: false }), check, target);
    return target.bytesWritten;
  } catch (error) {
    // A file that is still being opened would appear after its removal.
    if (!target.closed) await once(target.destroy(), "close").catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}
