import { statSync } from "node:fs";
import { dirname } from "node:path";
import {
  FILE_OPERATIONS,
  type FileOperations,
} from "../../../../../src/runtime/server/journal/file-operations.ts";

/** An error of the file system. */
export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: from a test`), { code });
}

/** A disk with room for `room` bytes. Removing a file returns its bytes. Writes may be short. */
export function fullDisk(room: number): FileOperations & { room: number } {
  const paths = new Map<number, string>();
  const disk = {
    ...FILE_OPERATIONS,
    room,
    open(path: string, flags: "r+" | "w+") {
      const file = FILE_OPERATIONS.open(path, flags);
      paths.set(file, path);
      return file;
    },
    write(file: number, bytes: Uint8Array, at: number, length: number, position: number) {
      const size = FILE_OPERATIONS.size(file);
      const count = Math.min(length, disk.room + Math.max(0, size - position));
      if (count <= 0) throw errno("ENOSPC");
      const written = FILE_OPERATIONS.write(file, bytes, at, count, position);
      disk.room -= FILE_OPERATIONS.size(file) - size;
      return written;
    },
    truncate(file: number, length: number) {
      disk.room += Math.max(0, FILE_OPERATIONS.size(file) - length);
      FILE_OPERATIONS.truncate(file, length);
    },
    remove(path: string) {
      disk.room += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      FILE_OPERATIONS.remove(path);
    },
  };
  return disk;
}

/** Reads and writes at most three bytes at a time. */
export const SHORT: FileOperations = {
  ...FILE_OPERATIONS,
  read: (file, bytes, at, length, position) =>
    FILE_OPERATIONS.read(file, bytes, at, Math.min(length, 3), position),
  write: (file, bytes, at, length, position) =>
    FILE_OPERATIONS.write(file, bytes, at, Math.min(length, 3), position),
};

/** Fails the operation of this number, counted from 0, once. Counts all of them. */
export function failingAt(number: number, code = "EIO"): FileOperations & { count: number } {
  const disk = { count: 0 } as FileOperations & { count: number };
  for (const [name, operation] of Object.entries(FILE_OPERATIONS)) {
    const call = operation as (...args: unknown[]) => unknown;
    Object.assign(disk, {
      [name]: (...args: unknown[]) => {
        const fails = disk.count++ === number;
        if (!fails) return call(...args);
        if (name === "close") call(...args);
        const error = errno(code);
        if (name === "sync") return Promise.reject(error);
        throw error;
      },
    });
  }
  return disk;
}

type Change =
  | { kind: "write"; inode: number; position: number; bytes: Uint8Array }
  | { kind: "truncate"; inode: number; length: number };
type Naming = { kind: "link"; name: string; inode: number } | { kind: "unlink"; name: string };
type Event =
  | Change
  | Naming
  | { kind: "synced"; inode: number; since: number }
  | { kind: "directorySynced" }
  | { kind: "acknowledged"; sessions: readonly number[] };

/** What may be on the disk after a power cut: the bytes of the files of the directory, by name. */
export interface DiskState {
  files: Map<string, Uint8Array>;
  /** Sessions that were acknowledged before the cut. */
  acknowledged: readonly number[];
}

/** Records what happens to the files of one directory, to tell what a power cut at any point may leave. */
export class RecordingDisk {
  readonly #events: Event[] = [];
  readonly #promised = new Set<number>();
  readonly #opened = new Map<number, { name: string; inode: number }>();
  readonly #names = new Map<string, number>();
  #lastInode = 0;

  /** What was submitted in this session is promised to be on the disk from now on. */
  acknowledge(session: number): void {
    this.#promised.add(session);
    this.#events.push({ kind: "acknowledged", sessions: [...this.#promised] });
  }

  /** The session may be gone from now on. */
  forget(session: number): void {
    this.#promised.delete(session);
    this.#events.push({ kind: "acknowledged", sessions: [...this.#promised] });
  }

  /** The name that the file was opened by. */
  nameOf(file: number): string {
    return this.#opened.get(file)?.name ?? "";
  }

  readonly operations: FileOperations = {
    ...FILE_OPERATIONS,
    open: (path, flags) => {
      const file = FILE_OPERATIONS.open(path, flags);
      let inode = this.#names.get(path);
      if (inode === undefined) {
        inode = ++this.#lastInode;
        this.#link(path, inode);
      } else if (flags === "w+") this.#events.push({ kind: "truncate", inode, length: 0 });
      this.#opened.set(file, { name: path, inode });
      return file;
    },
    write: (file, bytes, at, length, position) => {
      const count = FILE_OPERATIONS.write(file, bytes, at, length, position);
      const written = bytes.slice(at, at + count);
      this.#events.push({ kind: "write", inode: this.#inodeOf(file), position, bytes: written });
      return count;
    },
    truncate: (file, length) => {
      FILE_OPERATIONS.truncate(file, length);
      this.#events.push({ kind: "truncate", inode: this.#inodeOf(file), length });
    },
    sync: async (file) => {
      const since = this.#events.length;
      const inode = this.#inodeOf(file);
      await FILE_OPERATIONS.sync(file);
      this.#events.push({ kind: "synced", inode, since });
    },
    syncNow: (file) => {
      FILE_OPERATIONS.syncNow(file);
      this.#events.push({ kind: "synced", inode: this.#inodeOf(file), since: this.#events.length });
    },
    syncDirectory: (path) => {
      FILE_OPERATIONS.syncDirectory(path);
      this.#events.push({ kind: "directorySynced" });
    },
    rename: (from, to) => {
      FILE_OPERATIONS.rename(from, to);
      const inode = this.#names.get(from)!;
      if (dirname(from) !== dirname(to)) throw new Error("the journal has one directory");
      this.#names.delete(from);
      this.#link(to, inode);
      this.#events.push({ kind: "unlink", name: from });
    },
    remove: (path) => {
      FILE_OPERATIONS.remove(path);
      if (this.#names.delete(path)) this.#events.push({ kind: "unlink", name: path });
    },
  };

  /** Every state after a cut at every point: what was not synced is there, lost, torn or zeros. */
  *states(): Generator<DiskState> {
    for (let cut = 0; cut <= this.#events.length; cut++) {
      const events = this.#events.slice(0, cut);
      const acknowledged = events.findLast((event) => event.kind === "acknowledged")?.sessions ?? [];
      for (const names of namesAfter(events)) {
        for (const loss of LOSSES) {
          const files = new Map<string, Uint8Array>();
          for (const [name, inode] of names) files.set(name, contentOf(events, inode, loss));
          yield { files, acknowledged };
        }
      }
    }
  }

  #link(name: string, inode: number): void {
    this.#names.set(name, inode);
    this.#events.push({ kind: "link", name, inode });
  }

  #inodeOf(file: number): number {
    return this.#opened.get(file)!.inode;
  }
}

/** What happens to the changes of a file that were not synced. */
type Loss = (changes: Change[]) => Change[];

const zeros = (change: Change): Change =>
  change.kind === "write" ? { ...change, bytes: new Uint8Array(change.bytes.length) } : change;
const half = (change: Change): Change =>
  change.kind === "write" ? { ...change, bytes: change.bytes.subarray(0, change.bytes.length >> 1) } : change;
const holed = (change: Change): Change =>
  change.kind === "write"
    ? {
        ...change,
        bytes: change.bytes.map((byte, i, { length }) => (i > length / 3 && i < length / 2 ? 0 : byte)),
      }
    : change;

const LOSSES: Loss[] = [
  (changes) => changes,
  () => [],
  (changes) => changes.slice(0, -1),
  (changes) => changes.map((change, i) => (i === changes.length - 1 ? half(change) : change)),
  (changes) => changes.map(zeros),
  (changes) => changes.map(holed),
  // The last change reached the disk before the others.
  (changes) => changes.map((change, i) => (i < changes.length - 1 ? zeros(change) : change)),
];

/** The names that the directory may have: those that were synced, and any of the first later ones. */
function* namesAfter(events: readonly Event[]): Generator<Map<string, number>> {
  const synced = events.findLastIndex(({ kind }) => kind === "directorySynced");
  const names = new Map<string, number>();
  for (const [i, event] of events.entries()) {
    if (event.kind === "link") names.set(event.name, event.inode);
    else if (event.kind === "unlink") names.delete(event.name);
    else continue;
    if (i > synced) yield new Map(names);
  }
  const last = new Map<string, number>();
  for (const event of events.slice(0, synced + 1)) {
    if (event.kind === "link") last.set(event.name, event.inode);
    if (event.kind === "unlink") last.delete(event.name);
  }
  yield last;
}

function contentOf(events: readonly Event[], inode: number, loss: Loss): Uint8Array {
  const sync = events.findLast((event) => event.kind === "synced" && event.inode === inode);
  const since = sync?.kind === "synced" ? sync.since : 0;
  const isChange = (event: Event): event is Change =>
    (event.kind === "write" || event.kind === "truncate") && event.inode === inode;
  const safe = events.slice(0, since).filter(isChange);
  const unsafe = events.slice(since).filter(isChange);
  let content = new Uint8Array();
  for (const change of [...safe, ...loss(unsafe)]) {
    const length =
      change.kind === "write"
        ? Math.max(content.length, change.position + change.bytes.length)
        : change.length;
    const next = new Uint8Array(length);
    next.set(content.subarray(0, length));
    if (change.kind === "write") next.set(change.bytes, change.position);
    content = next;
  }
  return content;
}
