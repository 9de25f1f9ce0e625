/*
 * The worker: runs tasks and stores objects.
 *
 *   worker.ts   does what the server says
 *   reporting/  the link to the server, reports of tasks, samples of the worker's figures
 *   tasks/      assignments, runs of tasks and their directories, inputs and outputs
 *   executors/  processes that run the code of plugins and of other languages
 *   store/      the objects: small ones in memory, the others as files
 *   transfer/   objects from and to other workers
 *   plugins/    installed plugins, and those that come with sessions
 */

import { hostname, totalmem } from "node:os";
import { RainError } from "../errors.ts";
import { Closers } from "../platform/closers.ts";
import { isLoopback } from "../platform/hosts.ts";
import { confineProcess } from "../platform/processes/control-group.ts";
import { killOrphans } from "../platform/processes/leftovers.ts";
import type { Credentials } from "../security/credentials.ts";
import { HOST_ID } from "../transport/shared-files.ts";
import { commandDrivers } from "./executors/configured.ts";
import { pluginDrivers } from "./executors/plugin-drivers.ts";
import { ExecutorPool } from "./executors/pool.ts";
import type { RunningWorker, StartWorkerOptions } from "./options.ts";
import { InstalledPlugins, type Offer } from "./plugins/installed-plugins.ts";
import { offerOf } from "./plugins/offer.ts";
import { PluginCache } from "./plugins/plugin-cache.ts";
import { startSampler } from "./reporting/sampler.ts";
import { ServerLink } from "./reporting/server-link.ts";
import { ObjectStore } from "./store/object-store.ts";
import { makeWorkDir, type WorkDir } from "./store/work-dir.ts";
import { DataServer } from "./transfer/data-server.ts";
import { Worker, type WorkerOptions } from "./worker.ts";

export type { ExecutorSettings, RunningWorker, StartWorkerOptions } from "./options.ts";

/** The parts of a worker, each of which is closed again. */
interface Parts {
  workDir: WorkDir;
  store: ObjectStore;
  dataServer: DataServer;
  installed: InstalledPlugins | undefined;
  pluginCache: PluginCache;
  pool: ExecutorPool;
}

/**
 * Starts a worker and joins it to a server.
 * @throws START_FAILED when the work directory is not writable; SERVER_UNREACHABLE, VERSION_MISMATCH, REFUSED, UNAUTHORIZED;
 *   USAGE without a token where other machines reach it
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { host } = listenOf(options);
  checkListen(host, options.credentials ?? {});
  const { log } = options;
  killOrphans();
  if (!confineProcess()) log.debug("no control group for the processes of tasks can be made");
  const closers = new Closers((error) => log.error({ err: error }, "the worker did not stop cleanly"));
  try {
    const parts = await openParts(options, closers);
    return await join(options, parts, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

/** Opens every part except for the link to the server. */
async function openParts(options: StartWorkerOptions, closers: Closers): Promise<Parts> {
  const { server, credentials = {}, cpus, log } = options;
  const workDir = await makeWorkDir(options.workDir);
  closers.add(() => workDir.remove());

  const store = new ObjectStore({ directory: workDir.objects, budget: options.memoryBudget, log });
  closers.add(() => store.close());

  const { token } = credentials;
  const dataServer = new DataServer(store, log, HOST_ID, { token, identity: options.identity });
  const { host, port } = listenOf(options);
  await dataServer.listen(host, port);
  closers.add(() => dataServer.close());

  const installed = options.home === undefined ? undefined : new InstalledPlugins(options.home, log);
  await installed?.look();
  const pluginCache = new PluginCache({ installed, server, credentials, directory: workDir.plugins });
  closers.add(() => pluginCache.close());

  const { graceMs } = options;
  const { idleMs } = options.executors;
  const { executors: directory, socketPath } = workDir;
  const pool = new ExecutorPool({ cpus, directory, socketPath, log, graceMs, idleMs });
  return { workDir, store, dataServer, installed, pluginCache, pool };
}

/** Joins the server, and reports to it from then on. */
async function join(options: StartWorkerOptions, parts: Parts, closers: Closers): Promise<RunningWorker> {
  const { server, credentials = {}, registry, log, executors } = options;
  const { store, dataServer, installed, pool } = parts;
  const { commands = {} } = executors;
  const offer = () => offerOf(registry, commands, installed);
  let id = 0;
  let stopping: Promise<void> | undefined;
  let reportClosed: (error: RainError | undefined) => void = () => {};
  const closed = new Promise<RainError | undefined>((resolve) => {
    reportClosed = resolve;
  });
  const stop = (error?: RainError): Promise<void> => {
    stopping ??= closers.closeAll().then(() => reportClosed(error));
    return stopping;
  };

  const serverLink = new ServerLink({
    server,
    credentials,
    hello: () => helloOf(options, dataServer.url, offer()),
    onBatch: (messages) => worker.handle(messages),
    onJoined: (slot, isNew) => {
      id = slot;
      worker.joined(slot, isNew);
    },
    onLost: () => worker.serverLost(),
    inventory: () => worker.inventory(),
    onEnd: (error) => void stop(error),
    log,
  });
  closers.add(() => serverLink.close());
  const sendTypes = () => serverLink.send(["types", offer()]);
  const answerInquiry = async () => {
    if (await installed?.look()) sendTypes();
    serverLink.send(["typesKnown", {}]);
  };
  const worker = createWorker(options, parts, serverLink, {
    onInquiry: () => void answerInquiry(),
    onStop: () => void stop(),
  });
  closers.add(() => worker.close());
  await serverLink.join();

  const figures = () => ({
    objectMemory: store.memoryBytes,
    objectFiles: store.fileBytes,
    received: worker.received,
    sent: dataServer.sent,
  });
  const sampler = startSampler(
    figures,
    () => pool.members(),
    (sample) => serverLink.send(["sample", sample]),
  );
  closers.add(() => sampler.stop());
  if (installed) closers.add(installed.watch(sendTypes));
  return {
    get id() {
      return id;
    },
    closed,
    stop: () => stop(),
  };
}

function createWorker(
  options: StartWorkerOptions,
  { workDir, store, installed, pluginCache, pool }: Parts,
  serverLink: ServerLink,
  handlers: Pick<WorkerOptions, "onInquiry" | "onStop">,
): Worker {
  const { server, credentials = {}, registry, log, cpus, memory = totalmem(), named = {} } = options;
  const { script, commands = {} } = options.executors;
  const contentTypes = () => installed?.contentTypeModules ?? [];
  const configured = commandDrivers(commands);
  const plugins = pluginDrivers({ registry, pluginCache, script, contentTypes });
  return new Worker({
    graceMs: options.graceMs,
    resources: { cpus, memory, named },
    server,
    credentials,
    registry,
    pool,
    driverOf: (kind) => configured(kind.type) ?? plugins(kind),
    store,
    workDir,
    pluginCache,
    log,
    send: (message) => serverLink.send(message),
    ...handlers,
  });
}

/** Describes the worker to the server. */
function helloOf(options: StartWorkerOptions, dataUrl: string, offer: Offer) {
  const { cpus, memory = totalmem(), named = {}, labels = {} } = options;
  const resources = Object.fromEntries(Object.entries(named).map(([name, units]) => [name, units.length]));
  return { cpus, memory, resources, labels, hostname: hostname(), pid: process.pid, dataUrl, ...offer };
}

function listenOf({ listen = { host: "127.0.0.1", port: 0 } }: StartWorkerOptions) {
  return listen;
}

/** @throws USAGE */
function checkListen(host: string, { token }: Credentials): void {
  if (host === "0.0.0.0" || host === "::") {
    throw new RainError("USAGE", `${host} is not an address at which other workers reach this one`, {
      hint: "Name the address of this machine in the network of the cluster.",
    });
  }
  if (token === undefined && !isLoopback(host)) {
    throw new RainError("USAGE", `other machines can reach ${host}, so the worker needs a token`, {
      hint: "Pass the token of the cluster with --token-file FILE or $RAIN_TOKEN.",
    });
  }
}
