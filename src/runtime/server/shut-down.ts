import type { Server } from "node:http";
import type { ClientAcceptor } from "./api/clients.ts";
import type { ServerContext } from "./api/methods.ts";
import type { WorkerAcceptor } from "./cluster/workers.ts";

/** Time for the workers to stop. */
const WORKER_STOP_MS = 8_000;

/** Everything that `startServer` has opened. */
export interface Opened {
  context: ServerContext;
  clients: ClientAcceptor;
  workers: WorkerAcceptor;
  http: Server;
  /** Releases the lock of the journal. */
  unlock: () => Promise<void>;
}

/**
 * Stops a server in the reverse order of its start. With `force`, it does not wait for the workers. With
 * `keepSessions`, the next server continues the sessions.
 */
export async function shutDown(
  { context, clients, workers, http, unlock }: Opened,
  { force, keepSessions }: { force: boolean; keepSessions: boolean },
): Promise<void> {
  const { cluster, progress, forwarder } = context;
  const { journal, constants, plugins } = cluster;
  cluster.log.info("stopping");
  if (!keepSessions)
    for (const record of cluster.sessions.values()) cluster.cancel(record, "the server was stopped");
  cluster.isStopping = true;
  if (!keepSessions) for (const slot of cluster.workers.keys()) cluster.send(slot, ["stop", {}]);
  if (!force) await until(() => cluster.workers.size === 0, WORKER_STOP_MS);
  await clients.close();
  await workers.close();
  progress.close();
  await forwarder.close();
  await cluster.end();
  if (!keepSessions) journal.append(0, ["serverStopped", {}]);
  await journal.close();
  await unlock();
  if (!keepSessions) {
    await constants.clear();
    await plugins.clear();
  }
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition() && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
}
