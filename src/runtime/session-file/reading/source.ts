import { readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";

/** A session file in memory, such as one read from stdin. */
export interface SessionText {
  text: string;
  /** Names the file in messages, and the session if the file has no name. */
  name: string;
  /** The directory that relative paths of the file start from. */
  baseDir: string;
}

/** The text of a session file and its origin. */
export interface Source extends SessionText {
  syntax: "json" | "yaml";
}

/** Put larger data into files of their own, which the session file names. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @param what the file is, for messages @throws RainError INVALID_FILE */
export function readSource(from: string | SessionText, what = "session file"): Source {
  const given = typeof from === "string" ? readText(from, what) : from;
  if (given.text.length > MAX_BYTES) throw tooLarge(given.name, what);
  const text = given.text.startsWith("\uFEFF") ? given.text.slice(1) : given.text;
  return { ...given, text, syntax: extname(given.name).toLowerCase() === ".json" ? "json" : "yaml" };
}

/** The name of a session whose file gives none: the name of the file. */
export function defaultName(source: Source): string {
  return basename(source.name, extname(source.name));
}

function readText(path: string, what: string): SessionText {
  let bytes: Uint8Array;
  try {
    const stat = statSync(path);
    // A device may never end, and would fill the memory.
    if (stat.isCharacterDevice() || stat.isBlockDevice()) throw new Error("it is a device");
    if (stat.size > MAX_BYTES) throw tooLarge(path, what);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof RainError) throw error;
    throw new RainError("INVALID_FILE", `cannot read the ${what} ${path}: ${reasonOf(error)}`, {
      hint: "Check the path.",
      cause: error,
    });
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, name: path, baseDir: dirname(resolve(path)) };
  } catch (error) {
    throw new RainError("INVALID_FILE", `${path} is not a text file in UTF-8`, { cause: error });
  }
}

function tooLarge(name: string, what: string): RainError {
  return new RainError("INVALID_FILE", `the ${what} ${name} is larger than 64 MiB`, {
    hint: "Put large data into files of their own and name them by { file: PATH }.",
  });
}

function reasonOf(error: unknown): string {
  const code = errnoOf(error);
  if (code === "ENOENT") return "it does not exist";
  if (code === "EISDIR") return "it is a directory";
  if (code === "EACCES") return "permission denied";
  return messageOf(error);
}
