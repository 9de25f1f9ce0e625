import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { PassThrough, type Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Writes the body of a request into a new file, and answers its size. Nothing is left of one that fails; the request stays open then,
 * since its sender is to hear why. @throws what the body, the check or the disk has against it
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
    // One that is still being opened would appear after it was removed.
    if (!target.closed) await once(target.destroy(), "close").catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}
