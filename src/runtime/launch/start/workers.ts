import { rename } from "node:fs/promises";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { networkHost } from "../access/reachable.ts";
import { type ClusterRecord, updateCluster } from "../cluster-record.ts";
import { formatAddress } from "../config/address.ts";
import { type BackgroundProcess, untilReady } from "../processes/background.ts";
import { identityOf, launchProcess } from "./launch-process.ts";
import type { OnStartEvent, StartOptions } from "./options.ts";

/** Starts all workers side by side and returns when all are ready. @throws START_FAILED */
export async function startWorkers(
  record: ClusterRecord,
  options: StartOptions,
  on: OnStartEvent,
): Promise<void> {
  const started: BackgroundProcess[] = [];
  for (const [index, cpus] of options.workers.entries()) {
    const worker = await launchProcess(record, options, {
      name: `starting-${index + 1}`,
      title: `a worker with ${cpus} ${cpus === 1 ? "cpu" : "cpus"}`,
      args: [
        "worker",
        `${record.tls ? "https" : "http"}://${record.address}`,
        ...listenFlag(options),
        "--cpus",
        String(cpus),
        "--workdir",
        record.workDirectory,
        ...configFlags(options),
      ],
    });
    started.push(worker);
    record.workers.push(identityOf(worker));
  }
  await updateCluster(record);
  await Promise.all(
    started.map(async (worker, index) => {
      const { worker: id = 0 } = await untilReady(worker, options.signal);
      // The server has numbered the worker: its log is found by this number.
      await rename(worker.logFile, join(record.logDirectory, `worker-${id}.log`));
      on({ kind: "worker", index, id });
    }),
  );
}

/** @throws USAGE when several workers would offer the same units of a resource */
export function checkShares({ workers, workerConfig }: StartOptions): void {
  const [name] = Object.keys(workerConfig?.resources ?? {});
  if (name === undefined || workers.length === 1) return;
  throw new RainError(
    "USAGE",
    `${workerConfig?.file} would give the same ${name} to each of the ${workers.length} workers`,
    {
      hint: "Start one worker here and the others with `rain worker --config` and a file for each.",
    },
  );
}

/**
 * The flags for the worker's configuration. The workers share the memory of the machine equally unless the
 * file says more.
 */
function configFlags({ workers, workerConfig }: StartOptions): string[] {
  const config = workerConfig === undefined ? [] : ["--config", resolve(workerConfig.file)];
  if (workers.length === 1 || workerConfig?.memory !== undefined) return config;
  return [...config, "--memory", String(Math.floor(totalmem() / workers.length))];
}

/** If the network reaches the server, it also reaches the workers. */
function listenFlag({ listen: { host }, tls }: StartOptions): string[] {
  if (isLoopback(host)) return [];
  return ["--listen", formatAddress({ host: networkHost(host, tls?.identity.cert), port: 0 })];
}
