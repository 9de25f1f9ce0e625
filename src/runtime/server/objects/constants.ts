import { mkdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { getOrInsert } from "../../collections/get-or-insert.ts";
import { messageOf, RainError } from "../../errors.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import type { ObjectInfo } from "../../protocol/messages/index.ts";
import { storeBody } from "./store-body.ts";

type Stored = { info: ObjectInfo } & ({ data: Uint8Array; isCopy?: boolean } | { path: string });

/** Mode of uploaded files, which clients on this machine may read instead of downloading them. */
const READ_ONLY = 0o444;

/** Estimated memory of a copy beside its bytes. */
const COPY_OVERHEAD = 256;
/** Maximum memory for copies of results. Results beyond it are only on workers. */
const MAX_COPIED_BYTES = 128 << 20;

/**
 * The objects of all sessions on the server: small constants in memory, uploaded constants in files, and
 * copies of small results.
 */
export class Constants {
  readonly #directory: string;
  #uploads = 0;
  readonly #sessions = new Map<number, Map<number, Stored>>();
  #copied = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  add(session: number, object: number, info: ObjectInfo, data: Uint8Array): void {
    this.#of(session).set(object, { info, data });
  }

  get(session: number, object: number): Stored | undefined {
    return this.#sessions.get(session)?.get(object);
  }

  /** Whether there is room for further copies of results. */
  get hasRoom(): boolean {
    return this.#copied < MAX_COPIED_BYTES;
  }

  addCopy(session: number, object: number, info: ObjectInfo, data: Uint8Array): void {
    this.#copied += data.length + COPY_OVERHEAD;
    this.#of(session).set(object, { info, data, isCopy: true });
  }

  /** The bytes of a small constant, which the server sends with the tasks that need it. */
  inline(session: number, object: number): { info: ObjectInfo; data: Uint8Array } | undefined {
    const stored = this.get(session, object);
    return stored && "data" in stored ? stored : undefined;
  }

  /** Stores the upload of a client. */
  async upload(
    session: number,
    object: number,
    declared: Omit<ObjectInfo, "size">,
    body: Readable,
  ): Promise<ObjectInfo> {
    const directory = join(this.#directory, String(session));
    const path = join(directory, String(object));
    // Nobody reads the draft, and no other upload writes to it.
    const draft = `${path}.${this.#uploads++}`;
    let size: number;
    try {
      await mkdir(directory, { recursive: true });
      size = await storeBody(body, draft, { mode: READ_ONLY });
      await rename(draft, path);
    } catch (error) {
      throw new RainError(
        "IO",
        `cannot store constant ${object} of session ${session}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
    const info: ObjectInfo = { size, ...declared };
    this.#of(session).set(object, { info, path });
    return info;
  }

  /** Restores a constant that was uploaded to a former server. @throws IO if its file is missing */
  async restore(session: number, object: number, info: ObjectInfo): Promise<void> {
    const path = join(this.#directory, String(session), String(object));
    const { size } = await stat(path).catch((error) => {
      throw new RainError("IO", `constant ${object} of session ${session} is lost: ${messageOf(error)}`, {
        hint: "Submit the session again.",
        cause: error,
      });
    });
    this.#of(session).set(object, { info: { ...info, size }, path });
  }

  async drop(session: number, objects: Iterable<number>): Promise<void> {
    const stored = this.#sessions.get(session);
    const files: string[] = [];
    for (const object of objects) {
      const entry = stored?.get(object);
      if (entry && "path" in entry) files.push(entry.path);
      this.#forget(entry);
      stored?.delete(object);
    }
    await Promise.allSettled(files.map((path) => unlink(path)));
  }

  async dropSession(session: number): Promise<void> {
    const stored = this.#sessions.get(session);
    if (!stored) return;
    this.#sessions.delete(session);
    for (const entry of stored.values()) this.#forget(entry);
    await removeTree(join(this.#directory, String(session)));
  }

  /** Removes every file. */
  async clear(): Promise<void> {
    this.#sessions.clear();
    await removeTree(this.#directory);
  }

  #forget(entry: Stored | undefined): void {
    if (entry && "data" in entry && entry.isCopy) this.#copied -= entry.data.length + COPY_OVERHEAD;
  }

  #of(session: number): Map<number, Stored> {
    return getOrInsert(this.#sessions, session, () => new Map());
  }
}
