import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeFiles } from "../store/remove-files.ts";

/** Empty directories that are kept for later tasks. */
const MAX_SPARE = 64;
const MODE = 0o700;

/**
 * The directories of tasks. A directory that a task leaves empty is used again, which takes a tenth of the
 * time of removing it and making another. Calls are synchronous: they take a few microseconds, and the thread
 * pool would add about a hundred.
 */
export class TaskDirs {
  readonly #parent: string;
  readonly #spare: string[] = [];
  #made = 0;

  /** @param parent an existing directory */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Returns an empty directory. */
  take(): string {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const path = join(this.#parent, String(this.#made++));
    mkdirSync(path, { mode: MODE });
    return path;
  }

  /** Takes a directory back, which may come from an executor. Returns a promise only if there is something to remove. */
  give(path: string): Promise<void> | undefined {
    if (this.#spare.length < MAX_SPARE && dirname(path) === this.#parent && isAsNew(path)) {
      this.#spare.push(path);
      return undefined;
    }
    return removeFiles(path);
  }
}

function isAsNew(path: string): boolean {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() && (stat.mode & 0o7777) === MODE && readdirSync(path).length === 0;
  } catch {
    return false;
  }
}
