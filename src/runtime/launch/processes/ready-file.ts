import { readFile, rename, writeFile } from "node:fs/promises";

/** What a server or worker writes to its `--ready-file` as soon as it can be used. */
export interface Readiness {
  pid: number;
  /** Of a server: `HOST:PORT`. Of a worker: that of its server. */
  address: string;
  /** Of a worker: its number. */
  worker?: number;
}

/** Whoever sees the file sees all of it. */
export async function writeReadyFile(path: string, readiness: Readiness): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(readiness)}\n`);
  await rename(draft, path);
}

/** `undefined` while there is none. */
export async function readReadyFile(path: string): Promise<Readiness | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}
