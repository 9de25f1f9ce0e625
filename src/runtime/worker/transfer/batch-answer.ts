import { readFile } from "node:fs/promises";
import { missingRecord, presentHead } from "../../transport/object-batch.ts";
import { READ_SIZE } from "../../transport/tar.ts";
import type { Content } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** Bytes of an object in a batch at most. Larger blobs and directories are fetched one by one. */
export const MAX_SMALL = 64 << 10;
/** Objects in one batch at most. */
export const MAX_BATCH = 4096;

/**
 * Writes the records of a batch, in chunks of about `READ_SIZE`. Objects that are missing or not small count
 * as missing: the peer finds out by asking for one alone. `sent` is called with the bytes of the objects.
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
      const { size: length, file } = content;
      const bytes = content.bytes ?? (await read(store, content));
      if (!bytes) {
        parts.push(missingRecord(object));
        continue;
      }
      const info = { size: length, dataType: "blob" as const, contentType, ...(file && { file }) };
      parts.push(presentHead(object, info, length), bytes);
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

/** The bytes of a file, unless it was changed; then the content is given up. */
async function read(store: ObjectStore, content: Content): Promise<Uint8Array | undefined> {
  store.pin(content);
  try {
    const bytes = await readFile(await store.pathOf(content));
    if (!(await store.changeOf(content))) return bytes;
    store.giveUp(content);
    return undefined;
  } finally {
    store.unpin(content);
  }
}
