/* The journal: the record of everything that happened, from which a new server continues. */

import { messageOf, RainError } from "../../errors.ts";
import { encode } from "../../protocol/codec/codec.ts";
import type { JournalFile } from "./file.ts";
import { FRAME_HEADER, frameHeader } from "./format.ts";
import { PendingRecords } from "./pending-records.ts";
import type { JournalBody, JournalRecord } from "./records.ts";

const SYNC_INTERVAL_MS = 10;
/** While writing fails, new records cause attempts at this interval. */
const RETRY_INTERVAL_MS = 1000;

/** The file that a compaction writes. */
export const draftOf = (path: string): string => `${path}.compact`;

/**
 * Appends records to a file: length-prefixed CBOR `[time, ...body]`, written every 10 ms and then synced to
 * disk. The session precedes the CBOR, so that a reader can skip other sessions without decoding them. While
 * the disk is full, records stay in memory up to a limit, and are written later.
 */
export class Journal {
  #file: JournalFile;
  /** The file that shall replace this one. */
  #draft: JournalFile | undefined;
  readonly #listeners = new Set<(record: JournalRecord) => void>();
  readonly #pending = new PendingRecords();
  /** Bytes that were written after the last sync began. If the next sync fails, they are written again. */
  #unsynced: Uint8Array[] = [];
  /** Bytes of the file that are on the disk. */
  #synced: number;
  /** Bytes of each session that is not closed. */
  readonly #bytesOf: Map<number, number>;
  readonly #checkLock: () => void;
  #deadBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Resolves when no sync is under way. */
  #idle: Promise<void> = Promise.resolve();
  /** A sync that has not begun. It includes what is written before. */
  #nextSync: Promise<void> | undefined;
  #error: RainError | undefined;

  /**
   * @param file consists of complete records
   * @param checkLock called before each write. Throws if the file must not be changed
   * @param bytesOf how many bytes belong to each session that is not closed
   */
  constructor(file: JournalFile, checkLock: () => void, bytesOf: Map<number, number> = new Map()) {
    this.#file = file;
    this.#checkLock = checkLock;
    this.#bytesOf = bytesOf;
    this.#synced = file.length;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Why records cannot be written at the moment, such as a full disk. */
  get error(): RainError | undefined {
    return this.#error;
  }

  /** Called when writing begins to fail. */
  onFailure: (error: RainError) => void = () => {};

  /** Called when records can be written again, if some were dropped in the meantime. */
  onGap: (dropped: number) => void = () => {};

  /** Bytes of the file. */
  get written(): number {
    return this.#file.length;
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
    return this.#file.length + this.#pending.bytes;
  }

  append(session: number, body: JournalBody, time = Date.now()): void {
    for (const listener of this.#listeners) listener({ session, time, body });
    if (this.#error && !this.#pending.hasRoomFor(body)) return;
    const item = encode([time, ...body]);
    this.#pending.add(frameHeader(session, item), item);
    if (session > 0)
      this.#bytesOf.set(session, (this.#bytesOf.get(session) ?? 0) + FRAME_HEADER + item.length);
    this.#schedule();
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
    if (this.#pending.bytes === 0) return;
    const bytes = this.#pending.concat();
    try {
      this.#checkLock();
      this.#append(bytes);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#unsynced.push(bytes);
    this.#error = undefined;
    this.#schedule();
    const dropped = this.#pending.clear();
    if (dropped > 0) queueMicrotask(() => this.onGap(dropped));
  }

  /** Resolves when all records are on the disk. @throws IO if they cannot be written */
  async sync(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.write();
    if (this.#error) throw this.#error;
    await this.#requestSync();
  }

  /** Resolves when all records are on the disk, or cannot be written. */
  async flush(): Promise<void> {
    await this.sync().catch(() => {});
  }

  /**
   * Creates a file that shall replace this one. If the disk becomes full, the draft is removed, to leave its
   * space to the records.
   * @throws an error of the file system
   */
  createDraft(): JournalFile {
    this.#draft = this.#file.createBeside(draftOf(this.path));
    return this.#draft;
  }

  /** Removes the draft, unless it has replaced the journal or was removed. */
  discardDraft(): boolean {
    const draft = this.#draft;
    this.#draft = undefined;
    draft?.discard();
    return draft !== undefined;
  }

  /**
   * Replaces the file by the draft, which contains the live part of its first `upTo` bytes.
   * @throws an error of the file system; the file stays then
   */
  replaceByDraft(upTo: number): void {
    this.write();
    if (this.#error) throw this.#error;
    this.#checkLock();
    const draft = this.#draft;
    if (!draft) throw new Error("the disk is full: new records got the space of the draft");
    const former = this.#file;
    draft.append(former.read(upTo, former.length));
    draft.replace(this.path);
    this.#draft = undefined;
    this.#file = draft;
    this.#synced = draft.length;
    this.#unsynced = [];
    this.#deadBytes = 0;
    former.close();
  }

  /** Writes and syncs all records, and closes the file. Never rejects. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    this.discardDraft();
    await this.#idle;
    this.#file.close();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#error ? RETRY_INTERVAL_MS : SYNC_INTERVAL_MS);
  }

  #append(bytes: Uint8Array): void {
    try {
      this.#file.append(bytes);
    } catch (error) {
      if (!this.discardDraft()) throw error;
      this.#file.append(bytes);
    }
  }

  /** Several callers share a sync that has not begun. */
  #requestSync(): Promise<void> {
    if (!this.#nextSync) {
      this.#nextSync = this.#idle.then(() => {
        this.#nextSync = undefined;
        return this.#syncFile();
      });
      this.#idle = this.#nextSync.catch(() => {});
    }
    return this.#nextSync;
  }

  async #syncFile(): Promise<void> {
    const file = this.#file;
    const unsynced = this.#unsynced;
    if (unsynced.length === 0 && file.hasSyncedName) return;
    const { length } = file;
    this.#unsynced = [];
    try {
      await file.sync();
      this.#synced = file === this.#file ? length : this.#synced;
    } catch (error) {
      // Otherwise the records are in the file that has replaced this one.
      if (file === this.#file) throw this.#syncFailed(error, unsynced);
    }
    if (file !== this.#file) await this.#syncFile();
  }

  /** Takes records back that may not be on the disk: the system may have given them up. */
  #syncFailed(error: unknown, unsynced: readonly Uint8Array[]): RainError {
    this.#pending.putBack([...unsynced, ...this.#unsynced]);
    this.#unsynced = [];
    try {
      this.#file.truncate(this.#synced);
    } catch {
      // They are overwritten by the same bytes.
    }
    return this.#failed(error);
  }

  /** Keeps the records for the next write. */
  #failed(cause: unknown): RainError {
    const isNew = this.#error === undefined;
    const error = new RainError("IO", `cannot write the journal ${this.path}: ${messageOf(cause)}`, {
      hint:
        cause instanceof RainError
          ? cause.hint
          : "The server accepts sessions again when there is room on the disk.",
      cause,
    });
    this.#error = error;
    if (isNew) queueMicrotask(() => this.onFailure(error));
    return error;
  }
}
