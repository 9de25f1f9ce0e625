import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { encode } from "../../protocol/codec.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

/** First bytes of every journal: a name and the version of the format. */
export const MAGIC = Buffer.from("RAINJ001");
/** Before each CBOR item: its length and its session, both unsigned 32-bit little-endian. */
export const FRAME_HEADER = 8;

const SYNC_INTERVAL_MS = 10;

/**
 * Appends records to a file: length-prefixed CBOR `[time, ...body]`, written and synced to disk in batches every 10 ms. The session
 * stands before the CBOR so that a reader can skip what belongs to others without decoding it.
 */
export class Journal {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #listeners = new Set<(record: JournalRecord) => void>();
  #pending: Uint8Array[] = [];
  #length: number;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #error: RainError | undefined;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
    this.#length = MAGIC.length;
  }

  /** Starts a new journal. @throws IO when the file cannot be made or is there already */
  static async create(path: string): Promise<Journal> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, "wx");
      await file.write(MAGIC);
      return new Journal(path, file);
    } catch (error) {
      throw new RainError("IO", `cannot create the journal ${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Why nothing more can be recorded, such as a full disk. */
  get error(): RainError | undefined {
    return this.#error;
  }

  /** Bytes recorded so far, those not yet written included. */
  get length(): number {
    return this.#length;
  }

  append(session: number, body: JournalBody, time = Date.now()): void {
    for (const listener of this.#listeners) listener({ session, time, body });
    if (this.#error) return;
    const item = encode([time, ...body]);
    const header = Buffer.allocUnsafe(FRAME_HEADER);
    header.writeUInt32LE(item.length, 0);
    header.writeUInt32LE(session, 4);
    this.#pending.push(header, item);
    this.#length += FRAME_HEADER + item.length;
    this.#timer ??= setTimeout(() => void this.flush(), SYNC_INTERVAL_MS);
  }

  /** Calls back for each record from now on; answers how to end that. */
  listen(listener: (record: JournalRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything recorded so far is on disk, or the journal has failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0 || this.#error) return;
    const buffers = this.#pending;
    this.#pending = [];
    try {
      await this.#file.appendFile(Buffer.concat(buffers));
      await this.#file.datasync();
    } catch (error) {
      this.#error = new RainError("IO", `cannot write the journal ${this.path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
