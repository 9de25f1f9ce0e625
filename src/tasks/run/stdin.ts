import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskInput } from "../../runtime/plugin/contract/index.ts";

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
