import { createReadStream, type Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { messageOf, RainError } from "../../errors.ts";
import { fileFactsOf } from "../../platform/files/file-facts.ts";
import { MAX_INLINE_CONSTANT_BYTES } from "../../protocol/limits.ts";
import type { Transfers } from "../fetch/transfers.ts";
import type { OpenConstant } from "./pack.ts";

const MAX_CONCURRENT_UPLOADS = 4;
const READ_BYTES = 1 << 20;

/** Uploads files, directories and large constants. Small files become part of the submit. @throws IO */
export async function loadConstants(
  transfers: Transfers,
  session: number,
  openConstants: readonly OpenConstant[],
): Promise<void> {
  const queue = openConstants.values();
  const stop = new AbortController();
  let failure: unknown;
  const work = async () => {
    for (const open of queue) {
      if (stop.signal.aborted) return;
      await load(transfers, session, open, stop.signal).catch((error) => {
        failure ??= error;
        stop.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_UPLOADS, openConstants.length) }, work));
  if (failure) throw failure;
}

async function load(
  transfers: Transfers,
  session: number,
  { object, number, constant }: OpenConstant,
  signal: AbortSignal,
): Promise<void> {
  const { dataType, contentType, source } = object;
  if (!source) throw new RainError("INTERNAL", "a constant without a source was submitted");
  const put = (body: Readable | Uint8Array, size?: number) =>
    transfers.upload(session, number, { dataType, contentType, file: constant.file, body, size }, signal);

  switch (source.kind) {
    case "bytes":
      constant.size = await put(source.bytes, source.bytes.length);
      break;
    case "file": {
      const stats = await fileStats(source.path);
      const { size } = stats;
      constant.file = fileFactsOf(stats);
      if (size <= MAX_INLINE_CONSTANT_BYTES) {
        constant.data = await readFile(source.path).catch((error) => fail(source.path, error));
        constant.size = constant.data.length;
      } else {
        const open = () => createReadStream(source.path, { highWaterMark: READ_BYTES, end: size - 1 });
        constant.size = await put(Readable.from(readNamed(source.path, open, size)), size);
      }
      break;
    }
    case "dir": {
      const { packTree } = await import("../../transport/tar.ts");
      if (!(await statOf(source.path)).isDirectory()) fail(source.path, "it is not a directory");
      constant.size = await put(Readable.from(readNamed(source.path, () => packTree(source.path))));
      break;
    }
  }
}

/** Opens a stream and yields its bytes. Errors name the path. */
async function* readNamed(
  path: string,
  open: () => Readable,
  size?: number,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  try {
    for await (const chunk of open()) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    fail(path, error);
  }
  if (size !== undefined && bytes < size) fail(path, "it became shorter while it was read");
}

/** @throws IO */
export async function fileSize(path: string): Promise<number> {
  return (await fileStats(path)).size;
}

async function fileStats(path: string): Promise<Stats> {
  const found = await statOf(path);
  if (!found.isFile()) fail(path, "it is not a file");
  return found;
}

async function statOf(path: string) {
  return stat(path).catch((error) => fail(path, error));
}

function fail(path: string, why: unknown): never {
  const reason = typeof why === "string" ? why : messageOf(why);
  throw new RainError("IO", `cannot read ${path}: ${reason}`, { cause: why, details: { path } });
}
