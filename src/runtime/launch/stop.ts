import { connect as connectTcp } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ClientOptions, connect } from "../client/index.ts";
import { RainError } from "../errors.ts";
import { isRunning, type ProcessIdentity } from "../platform/process-identity.ts";
import { type Credentials, serverUrl } from "../security/credentials.ts";
import {
  type ClusterRecord,
  forgetCluster,
  markStopped,
  processesOf,
  readCluster,
} from "./cluster-record.ts";
import { parseAddress } from "./config/address.ts";
import { killTrees, terminate, terminateGroups, waitUntilGone } from "./processes/process-table.ts";

const GRACEFUL_SECONDS = 15;
const KILL_SECONDS = 3;

export interface StopOptions {
  /** `HOST:PORT`. */
  address: string;
  credentials?: Credentials;
  /** Ends all processes at once instead of letting them finish what they must. */
  force: boolean;
  signal: AbortSignal;
  log?: ClientOptions["log"];
}

export interface Stopped {
  /** False when nothing runs there. */
  stopped: boolean;
  /** Where journal and logs stay, of a cluster that `rain start` of this machine started. */
  directory?: string;
}

/**
 * Stops the cluster of that server and returns when it is gone: with its processes and work directories when `rain start` of
 * this machine started it. `onFound` is called before, when there is something to stop.
 * @throws TIMEOUT when something still runs
 */
export async function stopCluster(options: StopOptions, onFound: () => void = () => {}): Promise<Stopped> {
  const record = await readCluster();
  if (record !== undefined && (record.address ?? options.address) === options.address) {
    onFound();
    await stopStarted(record, options);
    return { stopped: true, directory: record.directory };
  }
  if (!(await askToStop(options, onFound))) return { stopped: false };
  await untilClosed(options.address, options.signal);
  return { stopped: true };
}

async function stopStarted(record: ClusterRecord, { force }: StopOptions): Promise<void> {
  if (record.starter !== undefined) terminate(record.starter);
  const processes = processesOf(record);
  const left = await (force ? killAll(processes) : stopGracefully(record, processes));
  if (left.length > 0) {
    const pids = left.map((process) => process.pid);
    throw new RainError("TIMEOUT", `still running: process ${pids.join(", ")}`, {
      hint: force ? `Its log in ${record.logDirectory} may say why.` : "`rain stop --force` ends it at once.",
      details: { pids },
    });
  }
  await markStopped(record);
  await forgetCluster(record);
}

async function killAll(processes: ProcessIdentity[]): Promise<ProcessIdentity[]> {
  killTrees(processes);
  return waitUntilGone(processes, KILL_SECONDS);
}

async function stopGracefully(
  record: ClusterRecord,
  processes: ProcessIdentity[],
): Promise<ProcessIdentity[]> {
  const server = record.server !== undefined && isRunning(record.server) ? record.server : undefined;
  if (server !== undefined) {
    // The server tells its workers. One that it cannot reach any more is told below.
    terminateGroups([server]);
    await waitUntilGone([server], GRACEFUL_SECONDS);
    await waitUntilGone(processes, 1);
  }
  terminateGroups(processes);
  return waitUntilGone(processes, GRACEFUL_SECONDS);
}

/** False when nobody is there to ask. */
async function askToStop(
  { address, credentials = {}, force, signal, log }: StopOptions,
  onFound: () => void,
): Promise<boolean> {
  const options = { ...credentials, signal, log };
  const client = await connect(serverUrl(address, credentials), options).catch((error) => {
    if (RainError.from(error).code === "SERVER_UNREACHABLE") return undefined;
    throw error;
  });
  if (client === undefined) return false;
  onFound();
  await client.stop({ force, signal });
  await client.close();
  return true;
}

async function untilClosed(address: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + GRACEFUL_SECONDS * 1000;
  while (await listens(address)) {
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      throw new RainError("TIMEOUT", `the server at ${address} was asked to stop, but is still there`);
    }
    await delay(20);
  }
}

function listens(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(parseAddress(address));
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
