import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { RainError } from "../../errors.ts";
import { setFileFacts } from "../../platform/files/file-facts.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import type { HeaderInfo } from "../../transport/data-paths.ts";
import type { Download } from "../../transport/download.ts";
import { unpackTree } from "../../transport/tar.ts";
import { MAX_IN_MEMORY } from "../store/content-memory.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** The destination of an object. */
export interface Destination {
  store: ObjectStore;
  session: number;
  object: number;
  /** A free path for the incomplete object, and how many bytes of a blob are there already. */
  partial: { path: string; length: number };
}

/**
 * Stores an object from a stream, in constant memory. A directory comes as a tar. @throws Error when the
 * stream is cut off; RainError for a tar that is refused, or when it cannot be stored
 */
export async function receiveObject(
  body: Readable,
  info: HeaderInfo,
  to: Destination,
  signal: AbortSignal,
): Promise<void> {
  const { contentType, dataType, size } = info;
  if (dataType === "blob" && size !== undefined && size <= MAX_IN_MEMORY) {
    const bytes = await collect(body, size);
    signal.throwIfAborted();
    to.store.put(to.session, to.object, bytes, contentType, info.file);
    return;
  }
  if (dataType === "dir") await unpack(body, to.partial.path, signal);
  else {
    await writeFile(body, 0, size, to, signal);
    await applyFacts(to.partial.path, info);
  }
  await takeFile(info, to, signal);
}

/**
 * Stores a large blob: all of it or, for an answer to a range, the missing rest. @throws Error when it is cut
 * off, with the received part in `partial`; RainError when it cannot be stored
 */
export async function receiveRest(
  download: Download,
  info: HeaderInfo,
  to: Destination,
  signal: AbortSignal,
): Promise<void> {
  const start = download.status === 206 ? to.partial.length : 0;
  const end = start + (download.length ?? 0);
  try {
    if (end !== info.size)
      throw new RainError("INVALID_MESSAGE", `it announced ${info.size} bytes but sends up to ${end}`);
    await writeFile(download.body, start, end, to, signal);
  } finally {
    download.close();
  }
  await applyFacts(to.partial.path, info);
  await takeFile(info, to, signal);
}

/** Gives a file that was written here what it keeps of the original. */
export async function applyFacts(path: string, { file }: HeaderInfo): Promise<void> {
  if (file) await setFileFacts(path, file);
}

/**
 * Moves a complete object from its temporary path into the store.
 * @param shared as in `adopt` of the store
 * @throws IO when it cannot be stored; OBJECT_LOST if it is not sound
 */
export async function takeFile(
  { contentType }: Pick<HeaderInfo, "contentType">,
  { store, session, object, partial }: Destination,
  signal: AbortSignal,
  shared?: { isSound: (path: string) => Promise<boolean> },
): Promise<void> {
  signal.throwIfAborted();
  await store.adopt(session, object, partial.path, contentType, shared);
  // The fetch was cancelled during the move.
  if (signal.aborted) store.drop(session, object);
}

async function unpack(tar: Readable, path: string, signal: AbortSignal): Promise<void> {
  try {
    await unpackTree(tar, path, signal);
  } catch (error) {
    // A file that was being made when the tar was refused may still appear.
    await removeTree(path);
    throw error;
  }
}

/** Reads the next chunks while one is written. */
async function writeFile(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  size: number | undefined,
  { partial }: Destination,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(partial.path, start === 0 ? "w" : "r+");
  partial.length = start;
  try {
    for await (const chunk of chunks) {
      if (size !== undefined && partial.length + chunk.length > size) throw tooMuch(size);
      await writeAll(file, chunk, partial.length);
      partial.length += chunk.length;
      signal.throwIfAborted();
    }
  } finally {
    await file.close();
  }
  if (size !== undefined && partial.length !== size) throw cutOff(partial.length, size);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function collect(body: Readable, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  for await (const chunk of body) {
    if (length + chunk.length > size) throw tooMuch(size);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length !== size) throw cutOff(length, size);
  return bytes;
}

function tooMuch(announced: number): RainError {
  return new RainError("INVALID_MESSAGE", `more than the announced ${announced} bytes came`);
}

function cutOff(received: number, announced: number): Error {
  return new Error(`only ${received} of ${announced} bytes came`);
}
