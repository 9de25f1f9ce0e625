import { readFile } from "node:fs/promises";
import { missingRecord, presentHead } from "../../transport/object-batch.ts";
import { READ_SIZE } from "../../transport/tar.ts";
import type { Content } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** What fits into a batch: larger blobs, and directories, are fetched one by one. Bytes. */
export const MAX_SMALL = 64 << 10;
/** Objects in one batch. */
export const MAX_BATCH = 4096;

/**
 * The records of a batch, in chunks of about `READ_SIZE`. What is not here and what is not small count as missing: whoever
 * asks learns by asking for it alone. `sent` is told of the bytes of the objects.
 */
export async function* batchAnswer(
  store: ObjectStore,
  session: number,
  objects: Uint32Array,
  sent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const object of objects) {
    const stored = store.get(session, object);
    if (!stored || stored.content.dataType === "dir" || stored.content.size > MAX_SMALL) {
      parts.push(missingRecord(object));
    } else {
      const { content, contentType } = stored;
      parts.push(presentHead(object, { size: content.size, dataType: "blob", contentType }, content.size));
      parts.push(content.bytes ?? (await read(store, content)));
      size += content.size;
      sent(content.size);
    }
    if (size < READ_SIZE) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  yield Buffer.concat(parts);
}

async function read(store: ObjectStore, content: Content): Promise<Uint8Array> {
  store.hold(content);
  try {
    return await readFile(await store.pathOf(content));
  } finally {
    store.release(content);
  }
}
