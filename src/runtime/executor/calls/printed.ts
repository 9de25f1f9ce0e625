import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";

/** Bytes at the end of what was printed that are shown to people. */
const TAIL_BYTES = 8192;
/** A log file that has grown larger is emptied between two tasks. */
const MAX_LOG_BYTES = 16 << 20;

const decoder = new TextDecoder();

/** Follows a file to which a process prints. The file must be opened for appending by whoever writes to it. */
export class PrintedFile {
  readonly #descriptor: number;
  #seen = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r+");
  }

  /** Where in the file the output of what runs now begins. */
  get seen(): number {
    return this.#seen;
  }

  /** The end of what was printed since the last time, if anything was. */
  news(): string | undefined {
    const { size } = fstatSync(this.#descriptor);
    if (size === this.#seen) return undefined;
    const text = readTail(this.#descriptor, this.#seen, size);
    this.#seen = size;
    if (size > MAX_LOG_BYTES) {
      ftruncateSync(this.#descriptor);
      this.#seen = 0;
    }
    return text;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The end of a file from byte `start` on, as text; empty when it cannot be read. */
export function tailOf(path: string, start: number): string {
  try {
    const descriptor = openSync(path, "r");
    try {
      return readTail(descriptor, start, fstatSync(descriptor).size);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}

function readTail(descriptor: number, start: number, end: number): string {
  const from = Math.max(start, end - TAIL_BYTES);
  const bytes = new Uint8Array(Math.max(0, end - from));
  const read = bytes.length === 0 ? 0 : readSync(descriptor, bytes, 0, bytes.length, from);
  // The first character may have been cut through.
  let first = 0;
  if (from > start) while (first < 3 && ((bytes[first] ?? 0) & 0xc0) === 0x80) first++;
  return decoder.decode(bytes.subarray(first, read));
}
