import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskInput } from "../../runtime/plugin/contract/index.ts";
import type { Printed } from "./program.ts";

const decoder = new TextDecoder();

/** The path of a file with the input for the program. An input in memory is written to `directory`. */
export async function stdinFile(
  input: TaskInput | undefined,
  directory: string,
): Promise<string | undefined> {
  if (!input?.memory) return await input?.path();
  const path = join(directory, "stdin");
  writeFileSync(path, input.memory);
  return path;
}

/** The tail of an output as text, from its first complete character. */
export function tailText({ size, tail }: Printed): string {
  let start = 0;
  if (size > tail.length) while (start < 3 && isContinuation(tail[start] ?? 0)) start++;
  return decoder.decode(tail.subarray(start));
}

/** Whether a byte continues a UTF-8 character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
