import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { messageOf, RainError } from "../../errors.ts";

/** The content of the `--ready-file` of a server or worker, written when it can be used. */
export interface Readiness {
  pid: number;
  /** `HOST:PORT` of the server; for a worker, of its server. */
  address: string;
  /** Number of the worker. */
  worker?: number;
}

/** Writes the file as a whole, so that readers never see a part of it. @throws IO */
export async function writeReadyFile(path: string, readiness: Readiness): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, `${JSON.stringify(readiness)}\n`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new RainError("IO", `cannot write the ready file ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Reads the file; `undefined` while it does not exist. */
export async function readReadyFile(path: string): Promise<Readiness | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}
