import { rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { RainError } from "../errors.ts";
import { isLoopback } from "../platform/hosts.ts";
import { identify, isRunning, type ProcessIdentity } from "../platform/process-identity.ts";
import { rainHome } from "../platform/rain-home.ts";
import { checkHost, networkHost } from "./access/reachable.ts";
import type { OwnTls } from "./access/tls.ts";
import { serverTokenFile, type TokenOptions } from "./access/token.ts";
import { formatAddress, type HostPort, parseAddress } from "./config/address.ts";
import type { WorkerConfig } from "./config/worker-config.ts";
import {
  type ClusterRecord,
  claimCluster,
  clusterStamp,
  forgetCluster,
  makeDirectory,
  processesOf,
  readCluster,
  stateDirectory,
  updateCluster,
} from "./home.ts";
import { type BackgroundProcess, startBackground, untilReady } from "./processes/background.ts";
import { checkFree } from "./processes/port.ts";
import { killTrees, terminateGroups, waitUntilGone } from "./processes/process-table.ts";

const GIVE_UP_SECONDS = 2;

export interface StartOptions {
  /** See `rainProgram`. */
  program: readonly string[];
  listen: HostPort;
  /** Default: one is made where the network reaches the server. */
  token?: Pick<TokenOptions, "force" | "file">;
  /** By what server and workers prove who they are; default: they do not speak TLS. */
  tls?: OwnTls;
  /** The cpus of each worker. */
  workers: readonly number[];
  logDirectory?: string;
  workDirectory?: string;
  /** What all workers have in common, and the file that says it. */
  workerConfig?: WorkerConfig & { file: string };
  /** Stands before every command that is run, such as `["strace", "-f"]`. */
  runPrefix: readonly string[];
  /** `--log-level` of the server and the workers. Default: `$RAIN_LOG`, which they inherit. */
  logLevel?: string;
  signal: AbortSignal;
}

export type StartEvent =
  | { kind: "server"; address: string }
  | { kind: "worker"; index: number }
  /** The server had died, and nothing else. */
  | { kind: "revived"; address: string };

/**
 * Starts a server and workers of this machine in the background; they are ready when this returns. `on` hears of each as it
 * becomes ready. When anything fails, all is stopped again and only the logs stay. A cluster whose server has died gets a new one.
 * @throws USAGE, ALREADY_RUNNING, START_FAILED, IO, the reason of `signal`
 */
export async function startLocal(
  options: StartOptions,
  on: (event: StartEvent) => void,
): Promise<ClusterRecord> {
  checkShares(options);
  if (options.tls) checkHost(options.listen.host, options.tls.identity.cert);
  const running = await readCluster();
  if (running !== undefined) {
    if (!(await hasLostServer(running))) throw alreadyRunning(running);
    await revive(running, options);
    on({ kind: "revived", address: running.address ?? "" });
    return running;
  }
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

async function newCluster({ listen, logDirectory, workDirectory }: StartOptions): Promise<ClusterRecord> {
  const stamp = clusterStamp();
  const directory = resolve(rainHome(), "clusters", stamp);
  const record: ClusterRecord = {
    listenHost: listen.host,
    startedAt: new Date().toISOString(),
    starter: identify(process.pid),
    workers: [],
    stateDirectory: stateDirectory(),
    directory,
    logDirectory: logDirectory === undefined ? join(directory, "logs") : resolve(logDirectory),
    // Removed as a whole in the end, so it is always a directory of this cluster alone.
    workDirectory:
      workDirectory === undefined ? join(directory, "work") : resolve(workDirectory, `rain-${stamp}`),
  };
  const { stateDirectory: state, logDirectory: logs, workDirectory: work } = record;
  for (const path of [directory, state, logs, work]) await makeDirectory(path);
  return record;
}

async function startServer(record: ClusterRecord, options: StartOptions, on: (event: StartEvent) => void) {
  const { listen, tls, token = { force: false, file: undefined } } = options;
  const { directory } = record;
  record.tokenFile = await serverTokenFile({ host: listen.host, ...token, directory });
  record.tls = tls && { caFile: tls.files.ca };
  const address = await launchServer(record, options, formatAddress(listen));
  record.address = address;
  await updateCluster(record);
  on({ kind: "server", address });
}

/** Answers the address at which it is ready. */
async function launchServer(record: ClusterRecord, options: StartOptions, listen: string): Promise<string> {
  const server = await launch(record, options, "server", "the server", [
    "server",
    "--listen",
    listen,
    "--workdir",
    record.stateDirectory,
    ...accessFlags(record, options),
  ]);
  record.server = identity(server);
  await updateCluster(record);
  return (await untilReady(server, options.signal)).address;
}

/** Starts a server in the place of one that has died. Its workers look for it. @throws START_FAILED, USAGE */
async function revive(record: ClusterRecord, options: StartOptions): Promise<void> {
  if ((record.tls === undefined) !== (options.tls === undefined)) {
    const had = record.tls ? "with" : "without";
    throw new RainError("USAGE", `the server at ${record.address}, which has died, was started ${had} TLS`, {
      hint: record.tls ? "Give --tls-cert and --tls-key again." : "Leave --tls-cert and --tls-key away.",
    });
  }
  await rm(join(record.workDirectory, "server.ready"), { force: true });
  const { port } = parseAddress(record.address ?? "");
  await launchServer(record, options, formatAddress({ host: record.listenHost, port }));
}

async function startWorkers(record: ClusterRecord, options: StartOptions, on: (event: StartEvent) => void) {
  const started: BackgroundProcess[] = [];
  for (const [index, cpus] of options.workers.entries()) {
    const name = `worker-${index + 1}`;
    const worker = await launch(record, options, name, `worker ${index + 1}`, [
      "worker",
      `${record.tls ? "https" : "http"}://${record.address}`,
      ...listenFlag(options),
      "--cpus",
      String(cpus),
      "--workdir",
      record.workDirectory,
      ...shareOf(options),
      ...accessFlags(record, options),
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

function accessFlags({ tokenFile }: ClusterRecord, { tls }: StartOptions): string[] {
  const { cert, key, ca } = tls?.files ?? {};
  const flags = { "--token-file": tokenFile, "--tls-cert": cert, "--tls-key": key, "--tls-ca": ca };
  return Object.entries(flags).flatMap(([flag, file]) => (file === undefined ? [] : [flag, file]));
}

/** Where the network reaches the server, it reaches the workers, too. */
function listenFlag({ listen: { host }, tls }: StartOptions): string[] {
  if (isLoopback(host)) return [];
  return ["--listen", formatAddress({ host: networkHost(host, tls?.identity.cert), port: 0 })];
}

function launch(record: ClusterRecord, options: StartOptions, name: string, title: string, args: string[]) {
  return startBackground({
    title,
    command: [...options.runPrefix, ...options.program, ...args, ...logFlag(options)],
    directory: record.directory,
    logFile: join(record.logDirectory, `${name}.log`),
    readyFile: join(record.workDirectory, `${name}.ready`),
  });
}

function logFlag({ logLevel }: StartOptions): string[] {
  return logLevel === undefined ? [] : ["--log-level", logLevel];
}

function identity({ pid, startTime }: BackgroundProcess): ProcessIdentity {
  return { pid, startTime };
}

/** Ends what a failed start has left behind. */
async function abandon(record: ClusterRecord): Promise<void> {
  record.starter = undefined;
  const processes = processesOf(record);
  terminateGroups(processes);
  killTrees(await waitUntilGone(processes, GIVE_UP_SECONDS));
  await forgetCluster(record);
}

/** Whether it was started whole, and its workers run without a server. */
async function hasLostServer({ address, server }: ClusterRecord): Promise<boolean> {
  return address !== undefined && server !== undefined && !isRunning(server);
}

function alreadyRunning({ address, startedAt }: ClusterRecord): RainError {
  const details = { address, startedAt };
  if (address === undefined) {
    return new RainError("ALREADY_RUNNING", "Rain is just being started on this machine", { details });
  }
  return new RainError("ALREADY_RUNNING", `Rain runs already on this machine, at ${address}`, { details });
}
