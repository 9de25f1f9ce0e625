import { rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { RainError } from "../errors.ts";
import { rainHome } from "../rain-home.ts";
import { formatAddress, type HostPort } from "./address.ts";
import { type BackgroundProcess, startBackground, untilReady } from "./background.ts";
import {
  type ClusterRecord,
  claimCluster,
  clusterStamp,
  forgetCluster,
  makeDirectory,
  processesOf,
  readCluster,
  updateCluster,
} from "./home.ts";
import { checkFree } from "./port.ts";
import {
  identify,
  isRunning,
  killTrees,
  type ProcessIdentity,
  terminateGroups,
  waitUntilGone,
} from "./process-table.ts";
import { serverTokenFile, type TokenOptions } from "./token.ts";
import type { WorkerConfig } from "./worker-config.ts";

const GIVE_UP_SECONDS = 2;

export interface StartOptions {
  /** See `rainProgram`. */
  program: readonly string[];
  listen: HostPort;
  /** Default: one is made where the network reaches the server. */
  token?: Pick<TokenOptions, "force" | "file">;
  /** The cpus of each worker. */
  workers: readonly number[];
  logDirectory?: string;
  workDirectory?: string;
  /** What all workers have in common, and the file that says it. */
  workerConfig?: WorkerConfig & { file: string };
  /** Stands before every command that is run, such as `["strace", "-f"]`. */
  runPrefix: readonly string[];
  signal: AbortSignal;
}

export type StartEvent = { kind: "server"; address: string } | { kind: "worker"; index: number };

/**
 * Starts a server and workers of this machine in the background; they are ready when this returns. `on` hears of each as it
 * becomes ready. When anything fails, all is stopped again and only the logs stay.
 * @throws USAGE, ALREADY_RUNNING, START_FAILED, IO, the reason of `signal`
 */
export async function startLocal(
  options: StartOptions,
  on: (event: StartEvent) => void,
): Promise<ClusterRecord> {
  checkShares(options);
  const running = await readCluster();
  if (running !== undefined) throw await alreadyRunning(running);
  await checkFree(options.listen);
  const record = await newCluster(options);
  await claimCluster(record);
  try {
    await startServer(record, options, on);
    await startWorkers(record, options, on);
    record.starter = undefined;
    await updateCluster(record);
    return record;
  } catch (error) {
    await abandon(record);
    throw error;
  }
}

async function newCluster({ logDirectory, workDirectory }: StartOptions): Promise<ClusterRecord> {
  const stamp = clusterStamp();
  const directory = resolve(rainHome(), "clusters", stamp);
  const record: ClusterRecord = {
    startedAt: new Date().toISOString(),
    starter: await identify(process.pid),
    workers: [],
    directory,
    logDirectory: logDirectory === undefined ? join(directory, "logs") : resolve(logDirectory),
    // Removed as a whole in the end, so it is always a directory of this cluster alone.
    workDirectory:
      workDirectory === undefined ? join(directory, "work") : resolve(workDirectory, `rain-${stamp}`),
  };
  for (const path of [directory, record.logDirectory, record.workDirectory]) await makeDirectory(path);
  return record;
}

async function startServer(record: ClusterRecord, options: StartOptions, on: (event: StartEvent) => void) {
  const directory = join(record.directory, "server");
  await makeDirectory(directory);
  const { listen, token = { force: false, file: undefined } } = options;
  record.tokenFile = await serverTokenFile({ host: listen.host, ...token, directory });
  const server = await launch(record, options, "server", "the server", [
    "server",
    "--listen",
    formatAddress(options.listen),
    "--workdir",
    directory,
    ...tokenFlag(record),
  ]);
  record.server = identity(server);
  await updateCluster(record);
  const { address } = await untilReady(server, options.signal);
  record.address = address;
  await updateCluster(record);
  on({ kind: "server", address });
}

async function startWorkers(record: ClusterRecord, options: StartOptions, on: (event: StartEvent) => void) {
  const started: BackgroundProcess[] = [];
  for (const [index, cpus] of options.workers.entries()) {
    const name = `worker-${index + 1}`;
    const worker = await launch(record, options, name, `worker ${index + 1}`, [
      "worker",
      record.address ?? "",
      "--cpus",
      String(cpus),
      "--workdir",
      record.workDirectory,
      ...shareOf(options),
      ...tokenFlag(record),
    ]);
    started.push(worker);
    record.workers.push(identity(worker));
  }
  await updateCluster(record);
  await Promise.all(
    started.map(async (worker, index) => {
      await untilReady(worker, options.signal);
      on({ kind: "worker", index });
    }),
  );
}

/** @throws USAGE when several workers would offer the very same units */
function checkShares({ workers, workerConfig }: StartOptions): void {
  const [name] = Object.keys(workerConfig?.resources ?? {});
  if (name === undefined || workers.length === 1) return;
  throw new RainError(
    "USAGE",
    `${workers.length} workers cannot all have the ${name} of ${workerConfig?.file}`,
    {
      hint: "Start one worker here, and others by `rain worker --config` with files of their own.",
    },
  );
}

/** What each worker is told of its configuration. They share the memory of the machine. */
function shareOf({ workers, workerConfig }: StartOptions): string[] {
  const config = workerConfig === undefined ? [] : ["--config", resolve(workerConfig.file)];
  if (workers.length === 1 || workerConfig?.memory !== undefined) return config;
  return [...config, "--memory", String(Math.floor(totalmem() / workers.length))];
}

function tokenFlag({ tokenFile }: ClusterRecord): string[] {
  return tokenFile === undefined ? [] : ["--token-file", tokenFile];
}

function launch(record: ClusterRecord, options: StartOptions, name: string, title: string, args: string[]) {
  return startBackground({
    title,
    command: [...options.runPrefix, ...options.program, ...args],
    directory: record.directory,
    logFile: join(record.logDirectory, `${name}.log`),
    readyFile: join(record.workDirectory, `${name}.ready`),
  });
}

function identity({ pid, startTime }: BackgroundProcess): ProcessIdentity {
  return { pid, startTime };
}

/** Ends what a failed start has left behind. */
async function abandon(record: ClusterRecord): Promise<void> {
  record.starter = undefined;
  const processes = processesOf(record);
  await terminateGroups(processes);
  await killTrees(await waitUntilGone(processes, GIVE_UP_SECONDS));
  await rm(join(record.directory, "server"), { recursive: true, force: true });
  await forgetCluster(record);
}

async function alreadyRunning({ address, startedAt, server }: ClusterRecord): Promise<RainError> {
  const details = { address, startedAt };
  if (address === undefined) {
    return new RainError("ALREADY_RUNNING", "Rain is just being started on this machine", { details });
  }
  if (server !== undefined && !(await isRunning(server))) {
    const message = `the server at ${address} has died, but its workers still run`;
    return new RainError("ALREADY_RUNNING", message, { hint: "`rain stop` ends them.", details });
  }
  return new RainError("ALREADY_RUNNING", `Rain runs already on this machine, at ${address}`, { details });
}
