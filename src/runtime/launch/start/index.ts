import { RainError } from "../../errors.ts";
import { isRunning } from "../../platform/processes/identity.ts";
import { checkHost } from "../access/reachable.ts";
import { type ClusterRecord, claimCluster, readCluster, updateCluster } from "../cluster-record.ts";
import { checkFree } from "../processes/port.ts";
import { abandonCluster, newCluster } from "./new-cluster.ts";
import type { OnStartEvent, StartOptions } from "./options.ts";
import { replaceServer, startServer } from "./server.ts";
import { checkShares, startWorkers } from "./workers.ts";

/**
 * Starts a server and workers on this machine, in the background, and returns when they are ready. Calls `on`
 * for each process that becomes ready. If anything fails, it stops everything; only the logs stay. If a
 * cluster runs whose server has died, it starts a new server for it.
 * @throws USAGE, ALREADY_RUNNING, START_FAILED, IO, the reason of `signal`
 */
export async function startLocal(options: StartOptions, on: OnStartEvent): Promise<ClusterRecord> {
  checkShares(options);
  if (options.tls) checkHost(options.listen.host, options.tls.identity.cert);
  const running = await readCluster();
  return running === undefined ? startCluster(options, on) : reviveCluster(running, options, on);
}

async function startCluster(options: StartOptions, on: OnStartEvent): Promise<ClusterRecord> {
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
    await abandonCluster(record);
    throw error;
  }
}

async function reviveCluster(
  running: ClusterRecord,
  options: StartOptions,
  on: OnStartEvent,
): Promise<ClusterRecord> {
  if (!hasLostServer(running)) throw alreadyRunning(running);
  await replaceServer(running, options);
  on({ kind: "revived", address: running.address ?? "" });
  return running;
}

/** Whether the cluster was started completely, and its workers run without a server. */
function hasLostServer({ address, server }: ClusterRecord): boolean {
  return address !== undefined && server !== undefined && !isRunning(server);
}

function alreadyRunning({ address, startedAt }: ClusterRecord): RainError {
  const details = { address, startedAt };
  const message =
    address === undefined
      ? "Rain is already starting on this machine"
      : `Rain is already running on this machine, at ${address}`;
  return new RainError("ALREADY_RUNNING", message, { details });
}
