/* The journal: the record of everything that happened, from which a new server continues. */

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
 * Appends records to a file: length-prefixed CBOR `[time, ...body]`, written every 10 ms and then synced to
 * disk. The session precedes the CBOR, so that a reader can skip other sessions without decoding them. While
 * the disk is full, records stay in memory, except measurements, which would fill it. Each new record causes
 * another attempt to write them.
 */
export class Journal {
  readonly path: string;
  #file: number;
  readonly #listeners = new Set<(record: JournalRecord) => void>();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Bytes of complete records in the file. */
  #written: number;
  /** Bytes of each session that is not closed. */
  readonly #bytesOf: Map<number, number>;
  #deadBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #error: RainError | undefined;

  /**
   * @param length bytes of the file, all of them complete records
   * @param bytesOf how many of them belong to each session that is not closed
   */
  constructor(path: string, length: number, bytesOf: Map<number, number> = new Map()) {
    this.path = path;
    this.#bytesOf = bytesOf;
    this.#file = openJournal(path);
    this.#written = length;
  }

  /** Why records cannot be written at the moment, such as a full disk. */
  get error(): RainError | undefined {
    return this.#error;
  }

  /** Called when writing begins to fail. */
  onFailure: (error: RainError) => void = () => {};

  /** Bytes of the file. */
  get written(): number {
    return this.#written;
  }

  /** Bytes of closed sessions. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  /** Counts the records of a closed session as dead. */
  forget(session: number): void {
    this.#deadBytes += this.#bytesOf.get(session) ?? 0;
    this.#bytesOf.delete(session);
  }

  /** Bytes of all records, including those not yet written. */
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

  /** Calls `listener` for each new record. Returns a function that stops this. */
  listen(listener: (record: JournalRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Writes all records to the file. They then survive a crash of this process, but not yet one of the
   * machine.
   */
  write(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    try {
      writeAll(this.#file, bytes, this.#written);
    } catch (error) {
      this.#writeFailed(error);
      return;
    }
    this.#written += bytes.length;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#error = undefined;
  }

  /** Resolves when all records are on disk, or cannot be written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.write();
    this.#syncing = this.#syncing.then(() => syncData(this.#file)).catch(() => {});
    return this.#syncing;
  }

  /**
   * Replaces the file with another one, which contains the live part of its first `upTo` bytes.
   * @throws an error of the file system
   */
  replaceBy(path: string, upTo: number): void {
    this.write();
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      const rest = Buffer.alloc(this.#written - upTo);
      readSync(this.#file, rest, 0, rest.length, upTo);
      writeAll(file, rest, size);
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

  /** Keeps the records for the next write, and removes the part that was written. */
  #writeFailed(error: unknown): void {
    const isNew = this.#error === undefined;
    this.#error = new RainError("IO", `cannot write the journal ${this.path}: ${messageOf(error)}`, {
      hint: "The server accepts sessions again when there is room on the disk.",
      cause: error,
    });
    try {
      ftruncateSync(this.#file, this.#written);
    } catch {
      // Readers stop at the last complete record.
    }
    const failure = this.#error;
    if (isNew) queueMicrotask(() => this.onFailure(failure));
  }
}

/** Writes all bytes. A nearly full disk may write only a part at first, and fail on the next attempt. */
function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, bytes.length - at, offset + at);
  }
}

function openJournal(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    throw new RainError("IO", `cannot open the journal ${path}: ${messageOf(error)}`, { cause: error });
  }
}
