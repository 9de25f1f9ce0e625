import type { Stats } from "node:fs";
import { chmod, stat, utimes } from "node:fs/promises";

/** Who may read a file may execute it if it is executable. */
const READ = 0o444;
const TO_EXECUTE = 2;

/** What an object keeps of a file. */
export interface FileFacts {
  /** In milliseconds since the epoch. */
  modifiedAt: number;
  executable: boolean;
}

export function fileFactsOf({ mtimeMs, mode }: Stats): FileFacts {
  return { modifiedAt: mtimeMs, executable: (mode & 0o100) !== 0 };
}

/** Gives a file its modification time, and makes it executable if it was. @throws the system error */
export async function setFileFacts(path: string, { modifiedAt, executable }: FileFacts): Promise<void> {
  if (executable) await chmod(path, executableMode((await stat(path)).mode));
  await utimes(path, modifiedAt / 1000, modifiedAt / 1000);
}

/** Adds the right to execute for everybody who may read. */
export function executableMode(mode: number): number {
  return (mode & 0o7777) | ((mode & READ) >> TO_EXECUTE);
}
