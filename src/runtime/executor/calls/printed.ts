import { closeSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { readTail, tailText } from "../../platform/files/output-tail.ts";

/** A larger log file is emptied between two tasks. */
const MAX_LOG_BYTES = 16 << 20;

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
    const text = tailText(readTail(this.#descriptor, this.#seen));
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

/** The last `bytes` of a file from byte `start` on, as text; empty if it cannot be read. */
export function tailOf(path: string, start: number, bytes: number): string {
  try {
    const descriptor = openSync(path, "r");
    try {
      return tailText(readTail(descriptor, start, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}
