import { readFile, stat } from "node:fs/promises";
import { messageOf, RainError } from "../errors.ts";

/** Reads a file that other users must not be able to read. @throws IO; USAGE if all users can read it */
export async function readPrivateFile(path: string, what: string): Promise<string> {
  const [text, { mode }] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch((error) => {
    throw new RainError("IO", `cannot read ${what} ${path}: ${messageOf(error)}`, { cause: error });
  });
  if (process.platform === "win32" || (mode & 0o007) === 0) return text;
  throw new RainError("USAGE", `all users of this machine can read ${what} ${path}`, {
    hint: `\`chmod 600 ${path}\` makes it private.`,
  });
}
