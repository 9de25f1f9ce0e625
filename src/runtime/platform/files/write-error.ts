import { messageOf, RainError } from "../../errors.ts";
import { ForeignFilesError } from "./replace-directory.ts";

/** The error of a file or directory that cannot be written: IO, unless it is a `RainError` already. */
export function writeError(path: string, error: unknown): RainError {
  if (error instanceof RainError) return error;
  return new RainError("IO", `cannot write ${path}: ${messageOf(error)}`, {
    cause: error,
    hint: error instanceof ForeignFilesError ? FOREIGN_HINT : undefined,
  });
}

export const FOREIGN_HINT = "Move the files away, or write to another directory.";
