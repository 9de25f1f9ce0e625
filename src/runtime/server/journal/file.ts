import { dirname } from "node:path";
import { FILE_OPERATIONS, type FileOperations } from "./file-operations.ts";

/**
 * A file of the journal. It only grows, by whole appends: an append that fails leaves the file as it was. All
 * methods throw errors of the file system.
 */
export class JournalFile {
  readonly #operations: FileOperations;
  readonly #file: number;
  #path: string;
  #length: number;
  /** Whether the name of the file is on the disk. */
  #hasSyncedName = false;
  #isClosed = false;
  /** Syncs under way. */
  #syncs = 0;

  private constructor(operations: FileOperations, path: string, flags: "r+" | "w+") {
    this.#operations = operations;
    this.#path = path;
    this.#file = operations.open(path, flags);
    this.#length = operations.size(this.#file);
  }

  static open(path: string, operations: FileOperations = FILE_OPERATIONS): JournalFile {
    return new JournalFile(operations, path, "r+");
  }

  /** Creates an empty file. Replaces one of this name. */
  static create(path: string, operations: FileOperations = FILE_OPERATIONS): JournalFile {
    return new JournalFile(operations, path, "w+");
  }

  get path(): string {
    return this.#path;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#length;
  }

  get hasSyncedName(): boolean {
    return this.#hasSyncedName;
  }

  /** Creates an empty file on the same file system, by the same operations. */
  createBeside(path: string): JournalFile {
    return JournalFile.create(path, this.#operations);
  }

  /** Appends all bytes or none. A nearly full disk may take a part of a write, and reject the next one. */
  append(bytes: Uint8Array): void {
    this.#checkOpen();
    try {
      for (let at = 0; at < bytes.length; ) {
        const left = bytes.length - at;
        const count = this.#operations.write(this.#file, bytes, at, left, this.#length + at);
        if (count <= 0) throw new Error(`cannot write ${left} bytes to ${this.#path}: nothing was written`);
        at += count;
      }
    } catch (error) {
      this.#cutTail();
      throw error;
    }
    this.#length += bytes.length;
  }

  /** Returns the bytes between two offsets, all of them. */
  read(from: number, to: number): Uint8Array {
    this.#checkOpen();
    const bytes = new Uint8Array(to - from);
    for (let at = 0; at < bytes.length; ) {
      const count = this.#operations.read(this.#file, bytes, at, bytes.length - at, from + at);
      if (count <= 0) throw new Error(`${this.#path} ends at ${from + at}, before ${to}`);
      at += count;
    }
    return bytes;
  }

  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#operations.truncate(this.#file, length);
  }

  /** Resolves when the file and its name are on the disk. */
  async sync(): Promise<void> {
    this.#checkOpen();
    this.#syncs++;
    try {
      await this.#operations.sync(this.#file);
    } finally {
      this.#syncs--;
      if (this.#isClosed) this.#closeIfIdle();
    }
    this.#syncName();
  }

  /** Puts the file and its name on the disk. Blocks. */
  syncNow(): void {
    this.#operations.syncNow(this.#file);
    this.#syncName();
  }

  /**
   * Takes the place of another file, when all of its bytes are on the disk. If the new name cannot be synced,
   * the next `sync` tries again.
   */
  replace(path: string): void {
    this.#checkOpen();
    const size = this.#operations.size(this.#file);
    if (size !== this.#length) {
      throw new Error(`${this.#path} has ${size} bytes instead of ${this.#length}`);
    }
    this.#operations.syncNow(this.#file);
    this.#operations.rename(this.#path, path);
    this.#path = path;
    this.#hasSyncedName = false;
    try {
      this.#syncName();
    } catch {
      // Until then, a power cut may leave the replaced file, which has the same records.
    }
  }

  /** Closes the file, after the syncs under way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeIfIdle();
  }

  /** Closes and removes the file. */
  discard(): void {
    this.close();
    this.#operations.remove(this.#path);
  }

  #closeIfIdle(): void {
    if (this.#syncs === 0) this.#operations.close(this.#file);
  }

  /** The system may have given the number of a closed file to another one. */
  #checkOpen(): void {
    if (this.#isClosed) throw new Error(`${this.#path} is closed`);
  }

  #syncName(): void {
    if (this.#hasSyncedName) return;
    this.#operations.syncDirectory(dirname(this.#path));
    this.#hasSyncedName = true;
  }

  #cutTail(): void {
    try {
      this.#operations.truncate(this.#file, this.#length);
    } catch {
      // The next append overwrites it, and readers stop at an incomplete record.
    }
  }
}
