import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";

/** Bytes of the end of the output that are shown to users. */
const TAIL_BYTES = 8192;
/** A larger log file is emptied between two tasks. */
const MAX_LOG_BYTES = 16 << 20;

const decoder = new TextDecoder();

/** Follows a file that a process prints to. The process must have opened it for appending. */
export class PrintedFile {
  readonly #descriptor: number;
  #seen = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r+");
  }

  /** The position in the file where the output of the current task starts. */
  get seen(): number {
    return this.#seen;
  }

  /** The end of the output since the previous call; `undefined` if there is none. */
  takeNew(): string | undefined {
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

/** The end of a file from byte `start` on, as text; empty if it cannot be read. */
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
  // The first bytes may belong to a character that is cut off.
  let first = 0;
  if (from > start) while (first < 3 && ((bytes[first] ?? 0) & 0xc0) === 0x80) first++;
  return decoder.decode(bytes.subarray(first, read));
}
