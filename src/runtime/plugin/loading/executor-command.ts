import { resolve } from "node:path";
import type { ExecutorCommand } from "../contract/index.ts";

/**
 * Resolves the paths of a command, since its process gets another working directory. A word that begins with
 * `./` or `../` is a path relative to `folder`, the directory of the file that contains the command.
 */
export function resolveCommand({ command, args = [], env = {} }: ExecutorCommand, folder: string) {
  const resolveWord = (word: string) => (/^\.\.?\//.test(word) ? resolve(folder, word) : word);
  return {
    command: resolveWord(command),
    args: args.map(resolveWord),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, resolveWord(value)])),
  } satisfies Required<ExecutorCommand>;
}
