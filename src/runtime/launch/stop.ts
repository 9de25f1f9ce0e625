import { connect as connectTcp } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ClientOptions, connect } from "../client/index.ts";
import { RainError } from "../errors.ts";
import { killStaleControlGroups } from "../platform/processes/control-group.ts";
import { isRunning, type ProcessIdentity } from "../platform/processes/identity.ts";
import { killOrphans } from "../platform/processes/leftovers.ts";
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
  /** Kills all processes at once instead of stopping them gracefully. */
  force: boolean;
  signal: AbortSignal;
  log?: ClientOptions["log"] | undefined;
}

export interface Stopped {
  /** False if nothing runs there. */
  stopped: boolean;
  /** The work directory, or what is left of it, if it cannot be removed. */
  leftover?: string | undefined;
  /** Directory with the logs that stay, if `rain start` on this machine started the cluster. */
  directory?: string;
}

/**
 * Stops the cluster of a server and returns when it is gone. If `rain start` on this machine started it, its
 * processes and work directories are gone as well. Calls `onFound` before, if there is something to stop.
 * @throws TIMEOUT if something still runs
 */
export async function stopCluster(options: StopOptions, onFound: () => void = () => {}): Promise<Stopped> {
  const record = await readCluster();
  if (record !== undefined && (record.address ?? options.address) === options.address) {
    onFound();
    const leftover = await stopStarted(record, options);
    return { stopped: true, directory: record.directory, leftover };
  }
  if (!(await askToStop(options, onFound))) return { stopped: false };
  await untilClosed(options.address, options.signal);
  return { stopped: true };
}

/** @returns the path of what is left of the work directory, if it cannot be removed */
async function stopStarted(record: ClusterRecord, { force }: StopOptions): Promise<string | undefined> {
  if (record.starter !== undefined) terminate(record.starter);
  const processes = processesOf(record);
  const left = await (force ? killAll(processes) : stopGracefully(record, processes));
  if (left.length > 0) {
    const pids = left.map((process) => process.pid);
    throw new RainError("TIMEOUT", `still running: process ${pids.join(", ")}`, {
      hint: force
        ? `The logs in ${record.logDirectory} may say why.`
        : "`rain stop --force` ends it at once.",
      details: { pids },
    });
  }
  // A worker that was killed together with its reaper has left them behind.
  killStaleControlGroups();
  killOrphans();
  await markStopped(record);
  return await forgetCluster(record);
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
    // The server stops its workers. The signal below stops workers that it cannot reach.
    terminateGroups([server]);
    await waitUntilGone([server], GRACEFUL_SECONDS);
    await waitUntilGone(processes, 1);
  }
  terminateGroups(processes);
  return waitUntilGone(processes, GRACEFUL_SECONDS);
}

/** Returns false if no server answers. */
async function askToStop(
  { address, credentials = {}, force, signal, log }: StopOptions,
  onFound: () => void,
): Promise<boolean> {
  const options = { ...credentials, signal, ...(log && { log }) };
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
      throw new RainError("TIMEOUT", `the server at ${address} was asked to stop, but is still running`);
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
