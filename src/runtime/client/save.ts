import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { messageOf, RainError } from "../errors.ts";
import type { Download } from "./fetching.ts";

const WRITE_BYTES = 1 << 20;

/** Writes to a neighbour first, so that nobody ever sees half a file. @throws IO */
export async function saveFile(download: Download, path: string): Promise<void> {
  const partial = neighbour(path);
  const target = createWriteStream(partial, { highWaterMark: WRITE_BYTES, flags: "wx" });
  await saving(download, path, partial, async () => {
    await pipeline(download.body, target);
    await rename(partial, path);
  });
}

/** Unpacks the tar; a directory that exists is added to, a new one appears when it is complete. @throws IO */
export async function saveDirectory(download: Download, path: string): Promise<void> {
  const { unpackTree } = await import("../protocol/tar.ts");
  if (await exists(path)) {
    await saving(download, path, undefined, () => unpackTree(download.body, path));
    return;
  }
  const partial = neighbour(path);
  await saving(download, path, partial, async () => {
    await unpackTree(download.body, partial);
    await rename(partial, path);
  });
}

async function saving(
  { body }: Download,
  path: string,
  partial: string | undefined,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    body.destroy();
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
    if (error instanceof RainError) throw error;
    throw new RainError("IO", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const neighbour = (path: string) => `${path}.${randomUUID().slice(0, 8)}.partial`;
