import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { messageOf, RainError } from "../../errors.ts";
import { encode } from "../../protocol/codec/codec.ts";
import { FRAME_HEADER } from "./format.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

const SYNC_INTERVAL_MS = 10;
const syncData = promisify(fdatasync);

/**
 * Appends records to a file: length-prefixed CBOR `[time, ...body]`, written every 10 ms and then synced to disk. The session stands before the
 * CBOR so that a reader can skip what belongs to others without decoding it. While the disk takes nothing, what is recorded is kept back, but for
 * measurements, which never end; each further record tries again.
 */
export class Journal {
  readonly path: string;
  #file: number;
  readonly #listeners = new Set<(record: JournalRecord) => void>();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Bytes of whole records in the file. */
  #written: number;
  /** Bytes of the sessions that may be asked for. */
  readonly #bytesOf: Map<number, number>;
  #deadBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #error: RainError | undefined;

  /**
   * @param length bytes that are in the file, all of them whole records
   * @param bytesOf how many of them belong to each session that is still there
   */
  constructor(path: string, length: number, bytesOf: Map<number, number> = new Map()) {
    this.path = path;
    this.#bytesOf = bytesOf;
    this.#file = openJournal(path);
    this.#written = length;
  }

  /** Why nothing more can be recorded for now, such as a full disk. */
  get error(): RainError | undefined {
    return this.#error;
  }

  /** Called when something cannot be written that was not in trouble before. */
  onFailure: (error: RainError) => void = () => {};

  /** Bytes in the file. */
  get written(): number {
    return this.#written;
  }

  /** Bytes of sessions that nobody can ask for any more. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  /** The session is closed: what was recorded of it may go. */
  forget(session: number): void {
    this.#deadBytes += this.#bytesOf.get(session) ?? 0;
    this.#bytesOf.delete(session);
  }

  /** Bytes recorded so far, those not yet written included. */
  get length(): number {
    return this.#written + this.#pendingBytes;
  }

  append(session: number, body: JournalBody, time = Date.now()): void {
    for (const listener of this.#listeners) listener({ session, time, body });
    if (this.#error && body[0] === "sample") return;
    const item = encode([time, ...body]);
    const header = Buffer.allocUnsafe(FRAME_HEADER);
    header.writeUInt32LE(item.length, 0);
    header.writeUInt32LE(session, 4);
    this.#pending.push(header, item);
    this.#pendingBytes += FRAME_HEADER + item.length;
    if (session > 0)
      this.#bytesOf.set(session, (this.#bytesOf.get(session) ?? 0) + FRAME_HEADER + item.length);
    this.#timer ??= setTimeout(() => void this.flush(), SYNC_INTERVAL_MS);
  }

  /** Calls back for each record from now on; answers how to end that. */
  listen(listener: (record: JournalRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands what was recorded to the system: it outlives this process from then on, if not yet the machine. */
  write(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    try {
      writeWhole(this.#file, bytes, this.#written);
    } catch (error) {
      this.#keepBack(error);
      return;
    }
    this.#written += bytes.length;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#error = undefined;
  }

  /** Resolves when everything recorded so far is on disk, or the disk does not take it. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.write();
    this.#syncing = this.#syncing.then(() => syncData(this.#file)).catch(() => {});
    return this.#syncing;
  }

  /** Goes on in another file, which takes the place of this one and holds all that is needed of its first `upTo` bytes. @throws */
  replaceBy(path: string, upTo: number): void {
    this.write();
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      const rest = Buffer.alloc(this.#written - upTo);
      readSync(this.#file, rest, 0, rest.length, upTo);
      writeWhole(file, rest, size);
      renameSync(path, this.path);
      closeSync(this.#file);
      this.#file = file;
      this.#written = size + rest.length;
      this.#deadBytes = 0;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.flush();
    closeSync(this.#file);
  }

  /** Half a record may have been written: what comes next takes its place. */
  #keepBack(error: unknown): void {
    const isNew = this.#error === undefined;
    this.#error = new RainError("IO", `cannot write the journal ${this.path}: ${messageOf(error)}`, {
      hint: "Sessions are taken again once there is room.",
      cause: error,
    });
    try {
      ftruncateSync(this.#file, this.#written);
    } catch {
      // The reader ends at the last whole record.
    }
    const failure = this.#error;
    if (isNew) queueMicrotask(() => this.onFailure(failure));
  }
}

/** A disk that is about to be full takes a part, and fails only then. */
function writeWhole(file: number, bytes: Uint8Array, place: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, bytes.length - at, place + at);
  }
}

function openJournal(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    throw new RainError("IO", `cannot open the journal ${path}: ${messageOf(error)}`, { cause: error });
  }
}
