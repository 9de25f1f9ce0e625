import { link, mkdir, readdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { messageOf, RainError } from "../errors.ts";
import { isRunning, type ProcessIdentity } from "../platform/process-identity.ts";
import { rainHome } from "../platform/rain-home.ts";

/** What `rain start` leaves for the other commands of this machine, in `$RAIN_HOME/cluster.json`. */
export interface ClusterRecord {
  /** `HOST:PORT`, once the server listens. */
  address?: string;
  /** Where its server listens, which may be more than what the address says. */
  listenHost: string;
  /** Where its token is, when it asks for one. */
  tokenFile?: string;
  /** Present when it speaks TLS. `caFile`: with the certificates that are trusted, unless the runtime knows them. */
  tls?: { caFile?: string };
  /** ISO 8601. */
  startedAt: string;
  /** The `rain start` itself, until everything is ready. */
  starter?: ProcessIdentity;
  server?: ProcessIdentity;
  workers: ProcessIdentity[];
  /** Of the journal, with which the next start goes on. */
  stateDirectory: string;
  /** Of this start alone: the other two, unless they were asked for elsewhere. */
  directory: string;
  logDirectory: string;
  workDirectory: string;
}

/** Where the server of `rain start` keeps its journal. */
export function stateDirectory(): string {
  return join(rainHome(), "server");
}

/** Tells the next server on the journal that its cluster was stopped, in case the last one could not record it. */
export async function markStopped({ stateDirectory }: ClusterRecord): Promise<void> {
  await writeFile(join(stateDirectory, "stopped"), "").catch((error) => {
    throw cannotWrite(stateDirectory, error);
  });
}

/** A name for a new cluster's directory that sorts by time: `2026-11-22T14-02-07.113-4711`. */
export function clusterStamp(): string {
  return `${new Date().toISOString().replaceAll(":", "-").replace("Z", "")}-${process.pid}`;
}

/** The cluster of the last `rain start`. One whose processes are all gone is forgotten, with its work directory. */
export async function readCluster(): Promise<ClusterRecord | undefined> {
  const record = await readRecord();
  if (record === undefined) return undefined;
  if (processesOf(record).some(isRunning)) return record;
  await forgetCluster(record);
  return undefined;
}

/** @throws ALREADY_RUNNING when another `rain start` was faster */
export async function claimCluster(record: ClusterRecord): Promise<void> {
  const draft = await writeDraft(record);
  try {
    // Unlike a rename, a link never replaces what is there.
    await link(draft, recordPath());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(recordPath(), error);
    throw new RainError("ALREADY_RUNNING", "another `rain start` is at work on this machine");
  } finally {
    await rm(draft, { force: true });
  }
}

export async function updateCluster(record: ClusterRecord): Promise<void> {
  await rename(await writeDraft(record), recordPath());
}

/** Removes the work directory, the token that was made for this cluster, and the record. The journal and the logs stay. */
export async function forgetCluster(record: ClusterRecord): Promise<void> {
  await removeSocketFolders(record.workDirectory);
  await rm(record.workDirectory, { recursive: true, force: true });
  await rm(join(record.directory, "token"), { force: true });
  await rm(recordPath(), { force: true });
}

/** Those that workers made elsewhere, for short paths, and could not remove themselves. */
async function removeSocketFolders(workDirectory: string): Promise<void> {
  for (const worker of await readdir(workDirectory).catch(() => [])) {
    const folder = await readlink(join(workDirectory, worker, "sockets")).catch(() => undefined);
    if (folder !== undefined && dirname(folder) === tmpdir() && basename(folder).startsWith("rain-")) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Every process of the cluster: first the server. */
export function processesOf(record: ClusterRecord): ProcessIdentity[] {
  const { starter, server, workers } = record;
  return [server, ...workers, starter].filter((process) => process !== undefined);
}

/** Makes a directory and its parents, for this user alone. @throws IO which names it */
export async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    throw cannotWrite(path, error);
  });
}

async function readRecord(): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordPath(), "utf8"));
  } catch (error) {
    const missing = ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (missing) return undefined;
    throw new RainError("IO", `cannot read ${recordPath()}: ${messageOf(error)}`, {
      hint: "If no Rain runs on this machine, remove the file.",
    });
  }
}

/** Readers see a whole record or none, so it is written beside its place first. */
async function writeDraft(record: ClusterRecord): Promise<string> {
  const draft = `${recordPath()}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`).catch((error) => {
    throw cannotWrite(draft, error);
  });
  return draft;
}

function recordPath(): string {
  return join(rainHome(), "cluster.json");
}

function cannotWrite(path: string, error: unknown): RainError {
  return new RainError("IO", `cannot write to ${path}: ${messageOf(error)}`, {
    hint: "Choose another place: --workdir, --logdir, or RAIN_HOME for everything.",
    cause: error,
  });
}
