import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

const BYTES = 20;

/** What an executor was at when it ended, however it ended. */
export interface Progress {
  /** The call that was begun last; 0: none. */
  call: number;
  /** Where in the files of stdout and stderr the output of that call begins. */
  stdout: number;
  stderr: number;
}

/** A small file in which a process says what it begins, since whoever is killed cannot say it any more. */
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
