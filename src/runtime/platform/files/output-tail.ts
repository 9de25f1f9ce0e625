import { fstatSync, readSync } from "node:fs";

/**
 * Bytes of the end of what programs and executors print that Rain keeps and shows. The launcher of `run` tasks cuts the output
 * of its programs itself; `readTail` is for executors, and for programs that run without the launcher.
 */
export const TAIL_BYTES = 8192;

const decoder = new TextDecoder();

/** Bytes of the end of the output of an executor that has crashed, as in Rain 0.4. */
export const CRASH_TAIL_BYTES = 4096;

/**
 * The last `bytes` of a file, of which the first `start` bytes do not count.
 * @throws the system error if the file cannot be read
 */
export function readTail(
  descriptor: number,
  start = 0,
  bytes = TAIL_BYTES,
): { size: number; tail: Uint8Array } {
  const size = Math.max(0, fstatSync(descriptor).size - start);
  const tail = new Uint8Array(Math.min(size, bytes));
  const read = tail.length === 0 ? 0 : readSync(descriptor, tail, 0, tail.length, start + size - tail.length);
  return { size, tail: tail.subarray(0, read) };
}

/** The tail of an output of `size` bytes as text, from its first complete character. */
export function tailText({ size, tail }: { size: number; tail: Uint8Array }): string {
  let start = 0;
  if (size > tail.length) while (start < 3 && isContinuation(tail[start] ?? 0)) start++;
  return decoder.decode(tail.subarray(start));
}

/** Whether a byte continues a UTF-8 character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
