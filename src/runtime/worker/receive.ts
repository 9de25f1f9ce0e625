import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RainError } from "../errors.ts";
import type { HeaderInfo } from "../protocol/data-paths.ts";
import { READ_SIZE, unpackTree } from "../protocol/tar.ts";
import { MAX_IN_MEMORY } from "./content-memory.ts";
import type { ObjectStore } from "./object-store.ts";

/** Where an object goes, and a path that is free for it until it is complete. */
export interface Destination {
  store: ObjectStore;
  session: number;
  object: number;
  temporaryPath: string;
}

/**
 * Takes an object from a stream into the store, in constant memory. A directory comes as a tar.
 * @throws Error when the stream is cut off; RainError for a tar that is refused, or when it cannot be stored
 */
export async function receiveObject(
  body: Readable,
  { dataType, contentType, size }: HeaderInfo,
  to: Destination,
  signal: AbortSignal,
): Promise<void> {
  const { store, session, object, temporaryPath } = to;
  if (dataType === "blob" && size !== undefined && size <= MAX_IN_MEMORY) {
    const bytes = await collect(body, size);
    signal.throwIfAborted();
    store.put(session, object, bytes, contentType);
    return;
  }
  try {
    if (dataType === "dir") await unpackTree(body, temporaryPath, signal);
    else await writeFile(body, temporaryPath, size, signal);
  } catch (error) {
    await rm(temporaryPath, { recursive: true, force: true });
    throw error;
  }
  await takeFile({ contentType }, to, signal);
}

/** Takes what is complete at its temporary path into the store. @throws IO when it cannot be stored */
export async function takeFile(
  { contentType }: Pick<HeaderInfo, "contentType">,
  { store, session, object, temporaryPath }: Destination,
  signal: AbortSignal,
): Promise<void> {
  try {
    signal.throwIfAborted();
    await store.adopt(session, object, temporaryPath, contentType);
    // Given up while it was being moved.
    if (signal.aborted) store.drop(session, object);
  } catch (error) {
    await rm(temporaryPath, { recursive: true, force: true });
    throw error;
  }
}

async function writeFile(
  body: Readable,
  path: string,
  size: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: READ_SIZE });
  await pipeline(body, file, { signal });
  if (size !== undefined && file.bytesWritten !== size) throw cutOff(file.bytesWritten, size);
}

async function collect(body: Readable, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  for await (const chunk of body) {
    if (length + chunk.length > size)
      throw new RainError("INVALID_MESSAGE", `more than the announced ${size} bytes came`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length !== size) throw cutOff(length, size);
  return bytes;
}

function cutOff(received: number, announced: number): Error {
  return new Error(`only ${received} of ${announced} bytes came`);
}
