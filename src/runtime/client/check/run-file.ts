import { Client } from "../client.ts";
import { wrongArgument } from "./misuse.ts";
import { checkArgument } from "./options.ts";
import { localPath, pathOf, runFileOptions } from "./schemas.ts";

/**
 * Checks the arguments of `runFile`. Returns the path of the file, and of the directory for results.
 * @throws USAGE that names the argument and what is expected
 */
export function checkRunFile(
  at: unknown,
  path: string | URL,
  options: { directory?: string | URL },
): { path: string; directory: string } {
  if (!(at instanceof Client) && typeof at !== "string") {
    throw wrongArgument("runFile", "at", "the address of a server, or a client that connect returned", at);
  }
  checkArgument("runFile", "path", localPath, path);
  checkArgument("runFile", "options", runFileOptions, options);
  return { path: pathOf(path), directory: pathOf(options.directory ?? ".") };
}
