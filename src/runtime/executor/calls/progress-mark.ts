import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

const BYTES = 20;

/** The last recorded state of an executor. */
export interface Progress {
  /** The call that started last; 0 if there is none. */
  call: number;
  /** The positions in the files of stdout and stderr where the output of that call starts. */
  stdout: number;
  stderr: number;
}

/** A small file in which a process records the call that it starts, so that the worker knows it even if the process is killed. */
export class ProgressMark {
  readonly #descriptor: number;
  readonly #bytes = Buffer.alloc(BYTES);

  constructor(path: string) {
    this.#descriptor = openSync(path, "w");
  }

  begin({ call, stdout, stderr }: Progress): void {
    this.#bytes.writeUInt32LE(call, 0);
    this.#bytes.writeDoubleLE(stdout, 4);
    this.#bytes.writeDoubleLE(stderr, 12);
    writeSync(this.#descriptor, this.#bytes, 0, BYTES, 0);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export function readProgress(path: string): Progress {
  try {
    const bytes = readFileSync(path);
    return { call: bytes.readUInt32LE(0), stdout: bytes.readDoubleLE(4), stderr: bytes.readDoubleLE(12) };
  } catch {
    return { call: 0, stdout: 0, stderr: 0 };
  }
}
