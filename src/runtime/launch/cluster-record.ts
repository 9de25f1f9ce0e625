import { link, mkdir, readdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { messageOf, RainError } from "../errors.ts";
import { errnoOf } from "../platform/errno.ts";
import { rainHome } from "../platform/files/rain-home.ts";
import { removeOrSetAside, removeTree } from "../platform/files/remove-tree.ts";
import { isRunning, type ProcessIdentity } from "../platform/processes/identity.ts";

const identity = v.object({ pid: v.number(), startTime: v.number() });

const clusterRecord = v.object({
  /** `HOST:PORT`, once the server listens. */
  address: v.optional(v.string()),
  /** The host that its server listens on, such as 0.0.0.0, which the address may not show. */
  listenHost: v.string(),
  /** The file of its token, if it requires one. */
  tokenFile: v.optional(v.string()),
  /** Present if it uses TLS. `caFile` has the trusted certificates, as for `rain server`. */
  tls: v.optional(v.object({ caFile: v.optional(v.string()) })),
  /** ISO 8601. */
  startedAt: v.string(),
  /** The process of `rain start`, until everything is ready. */
  starter: v.optional(identity),
  server: v.optional(identity),
  workers: v.array(identity),
  /** Directory of the journal, which the next start continues. */
  stateDirectory: v.string(),
  /** Directory of this cluster. It contains the next two unless flags name others. */
  directory: v.string(),
  logDirectory: v.string(),
  workDirectory: v.string(),
});

/**
 * The cluster of the last `rain start`, recorded in `$RAIN_HOME/cluster.json` for the other commands on this
 * machine.
 */
export type ClusterRecord = v.InferOutput<typeof clusterRecord>;

/** Directory in which the server of `rain start` keeps its journal. */
export function stateDirectory(): string {
  return join(rainHome(), "server");
}

/**
 * Marks the cluster as stopped for the next server on its journal, in case the last server could not record
 * it.
 */
export async function markStopped({ stateDirectory }: ClusterRecord): Promise<void> {
  await writeFile(join(stateDirectory, "stopped"), "").catch((error) => {
    throw cannotWrite(stateDirectory, error);
  });
}

/** A name for a new cluster's directory that sorts by time: `2026-11-22T14-02-07.113-4711`. */
export function clusterStamp(): string {
  return `${new Date().toISOString().replaceAll(":", "-").replace("Z", "")}-${process.pid}`;
}

/**
 * The cluster of the last `rain start`. If none of its processes runs any more, it is forgotten, with its
 * work directory.
 */
export async function readCluster(): Promise<ClusterRecord | undefined> {
  const record = await readRecord();
  if (record === undefined) return undefined;
  if (processesOf(record).some(isRunning)) return record;
  await forgetCluster(record);
  return undefined;
}

/** Records a new cluster. @throws ALREADY_RUNNING if another `rain start` was faster */
export async function claimCluster(record: ClusterRecord): Promise<void> {
  const draft = await writeDraft(record);
  try {
    // Unlike a rename, a link never replaces what is there.
    await link(draft, recordPath());
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw cannotWrite(recordPath(), error);
    throw new RainError("ALREADY_RUNNING", "another `rain start` is running on this machine");
  } finally {
    await rm(draft, { force: true });
  }
}

export async function updateCluster(record: ClusterRecord): Promise<void> {
  await rename(await writeDraft(record), recordPath());
}

/**
 * Removes the work directory, the token that was made for this cluster, and the record. The journal and the
 * logs stay.
 * @returns the path of what is left of the work directory, if it cannot be removed
 */
export async function forgetCluster(record: ClusterRecord): Promise<string | undefined> {
  await removeSocketFolders(record.workDirectory);
  const leftover = await removeOrSetAside(record.workDirectory);
  await rm(join(record.directory, "token"), { force: true });
  await rm(recordPath(), { force: true });
  return leftover;
}

/** Removes folders that workers made elsewhere, for short paths, and could not remove themselves. */
async function removeSocketFolders(workDirectory: string): Promise<void> {
  for (const worker of await readdir(workDirectory).catch(() => [])) {
    const folder = await readlink(join(workDirectory, worker, "sockets")).catch(() => undefined);
    if (folder !== undefined && dirname(folder) === tmpdir() && basename(folder).startsWith("rain-")) {
      await removeTree(folder);
    }
  }
}

/** Every process of the cluster, the server first. */
export function processesOf(record: ClusterRecord): ProcessIdentity[] {
  const { starter, server, workers } = record;
  return [server, ...workers, starter].filter((process) => process !== undefined);
}

/** Makes a directory and its parents, for this user only. @throws IO, naming the directory */
export async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    throw cannotWrite(path, error);
  });
}

async function readRecord(): Promise<ClusterRecord | undefined> {
  try {
    const { output, issues } = v.safeParse(clusterRecord, JSON.parse(await readFile(recordPath(), "utf8")));
    if (!issues) return output;
    const [issue] = issues;
    throw new Error(`it is not the record of a cluster: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new RainError("IO", `cannot read ${recordPath()}: ${messageOf(error)}`, {
      hint:
        code === "EACCES"
          ? "It belongs to another user. Set RAIN_HOME to a directory of your own."
          : "Remove the file if Rain is not running on this machine.",
    });
  }
}

/** Writes the record to a draft file first, so that readers never see a part of it. */
async function writeDraft(record: ClusterRecord): Promise<string> {
  const draft = `${recordPath()}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 }).catch((error) => {
    throw cannotWrite(draft, error);
  });
  return draft;
}

function recordPath(): string {
  return join(rainHome(), "cluster.json");
}

function cannotWrite(path: string, error: unknown): RainError {
  return new RainError("IO", `cannot write to ${path}: ${messageOf(error)}`, {
    hint: "Choose another directory with --workdir, --logdir, or RAIN_HOME for everything.",
    cause: error,
  });
}
