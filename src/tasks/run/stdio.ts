import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TaskInput } from "../../runtime/plugin/contract.ts";

/** Bytes at the end of what a program printed that are shown to people. */
const TAIL_BYTES = 8192;

const decoder = new TextDecoder();

/** What a program printed to one of its streams. */
export interface Printed {
  path: string;
  /** Bytes. */
  size: number;
  /** The last `TAIL_BYTES`, which is everything when `size` is no larger. */
  tail: Uint8Array;
}

/** The files that a program has as stdin, stdout and stderr. They lie beside its working directory, where it does not see them. */
export interface Stdio {
  readonly descriptors: ["ignore" | number, number, number];
  stdout(): Printed;
  stderr(): Printed;
  close(): void;
}

/** @param stdin the input that the program reads, by default nothing */
export async function openStdio(directory: string, stdin: TaskInput | undefined): Promise<Stdio> {
  const open: number[] = [];
  const openFile = (path: string, flags: "r" | "w+") => {
    const descriptor = openSync(path, flags);
    open.push(descriptor);
    return descriptor;
  };
  const close = () => {
    for (const descriptor of open.splice(0)) closeSync(descriptor);
  };
  const paths = {
    stdin: join(directory, "stdin"),
    stdout: join(directory, "stdout"),
    stderr: join(directory, "stderr"),
  };
  try {
    const stdout = openFile(paths.stdout, "w+");
    const stderr = openFile(paths.stderr, "w+");
    let input: "ignore" | number = "ignore";
    if (stdin?.memory) {
      input = openFile(paths.stdin, "w+");
      writeAll(input, stdin.memory);
    } else if (stdin) {
      input = openFile(await stdin.path(), "r");
    }
    return {
      descriptors: [input, stdout, stderr],
      stdout: () => readPrinted(stdout, paths.stdout),
      stderr: () => readPrinted(stderr, paths.stderr),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** At positions of its own, so that the program starts to read at the first byte. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += writeSync(descriptor, bytes, offset, bytes.length - offset, offset);
}

function readPrinted(descriptor: number, path: string): Printed {
  const { size } = fstatSync(descriptor);
  const length = Math.min(size, TAIL_BYTES);
  if (length === 0) return { path, size, tail: new Uint8Array(0) };
  const tail = new Uint8Array(length);
  const read = readSync(descriptor, tail, 0, length, size - length);
  return { path, size, tail: tail.subarray(0, read) };
}

/** The end of what was printed, from its first whole character. */
export function tailText({ size, tail }: Printed): string {
  let start = 0;
  if (size > tail.length) while (start < 3 && isContinuation(tail[start])) start++;
  return decoder.decode(tail.subarray(start));
}

/** Whether a byte is one of a UTF-8 character's that is not its first. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
