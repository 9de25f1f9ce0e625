import { resolve } from "node:path";
import type { ExecutorCommand } from "../contract/index.ts";

/**
 * The command as a process is started, which has a working directory of its own: a word that begins with `./` or `../`
 * is a path from `folder`, the place of whoever wrote it.
 */
export function resolveCommand({ command, args = [], env = {} }: ExecutorCommand, folder: string) {
  const place = (word: string) => (/^\.\.?\//.test(word) ? resolve(folder, word) : word);
  return {
    command: place(command),
    args: args.map(place),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, place(value)])),
  } satisfies Required<ExecutorCommand>;
}
