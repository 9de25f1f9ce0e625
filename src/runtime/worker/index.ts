import { hostname, totalmem } from "node:os";
import type { Logger } from "pino";
import { RainError } from "../errors.ts";
import { isLoopback } from "../platform/hosts.ts";
import type { Registry } from "../plugin/registry.ts";
import type { WorkerToServer } from "../protocol/messages/worker-messages.ts";
import type { Credentials } from "../security/credentials.ts";
import type { WorkerResources } from "../task-queue/resource-pool.ts";
import type { Identity } from "../transport/http-server.ts";
import { HOST_ID } from "../transport/shared-files.ts";
import { type Commands, commandDrivers, commandTypes } from "./executors/configured.ts";
import { pluginDrivers } from "./executors/plugin-drivers.ts";
import { ExecutorPool } from "./executors/pool.ts";
import { InstalledPlugins, type Offer } from "./plugins/installed-plugins.ts";
import { PluginShelf } from "./plugins/plugin-shelf.ts";
import { startSampler } from "./reporting/sampler.ts";
import { Uplink } from "./reporting/uplink.ts";
import { ObjectStore } from "./store/object-store.ts";
import { makeWorkDir } from "./store/work-dir.ts";
import { DataServer } from "./transfer/data-server.ts";
import { Worker } from "./worker.ts";

export interface StartWorkerOptions {
  /** `HOST:PORT` */
  server: string;
  /** For the server; whoever asks this worker for objects must bear the same token. */
  credentials?: Credentials;
  /** Its tasks never use more at once. */
  cpus: number;
  /** Bytes that its tasks may ask for in all. Default: the memory of the machine. */
  memory?: number;
  /** Named resources: the numbers of their units. */
  named?: WorkerResources["named"];
  /** By which tasks choose it. */
  labels?: Record<string, string>;
  /** The worker makes a folder of its own in it, and removes that when it stops. */
  workDir: string;
  /** By what it proves to other workers who it is; needed in a cluster that speaks TLS. */
  identity?: Identity;
  /** Where other workers reach this one; port 0 is any free one. Default: 127.0.0.1 and 0. */
  listen?: { host: string; port: number };
  /** The task types that it runs. */
  registry: Registry;
  /** `$RAIN_HOME`, whose plugins it offers too. Absent: it offers none. */
  home?: string;
  /** How task types run that are not built in. */
  executors: ExecutorSettings;
  /** Bytes of small objects that stay in memory. Default: 64 MiB. */
  memoryBudget?: number;
  log: Logger;
}

export interface ExecutorSettings {
  /** Path of `dist/executor.js` of this package. */
  script: string;
  /** Those of the worker configuration. */
  commands?: Commands;
  /** Milliseconds between the request to stop and the kill of a process whose task goes on. Default: 2000. */
  graceMs?: number;
  /** Milliseconds for which a process waits for further tasks. Default: a minute. */
  idleMs?: number;
}

export interface RunningWorker {
  /** Slot; another one once it has lost its server and joined anew. */
  readonly id: number;
  /** Resolves when everything of the worker is gone; with an error when it lost its server. */
  readonly closed: Promise<RainError | undefined>;
  /** Kills running programs, removes all files. */
  stop(): Promise<void>;
}

/**
 * Starts a worker and joins it to a server.
 * @throws START_FAILED when the work directory is not writable; SERVER_UNREACHABLE, VERSION_MISMATCH, REFUSED, UNAUTHORIZED;
 *   USAGE without a token where others reach it
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { server, credentials = {}, registry, log, labels = {} } = options;
  const { host, port } = options.listen ?? { host: "127.0.0.1", port: 0 };
  checkListen(host, credentials);
  const { cpus, memory = totalmem(), named = {} } = options;
  const { script, commands = {}, graceMs, idleMs } = options.executors;
  const started: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of started.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error }, "the worker did not stop cleanly");
      }
    }
  };
  try {
    const workDir = await makeWorkDir(options.workDir);
    started.push(() => workDir.remove());

    const store = new ObjectStore({ directory: workDir.objects, budget: options.memoryBudget, log });
    started.push(() => store.close());

    const dataServer = new DataServer(store, log, HOST_ID, {
      token: credentials.token,
      identity: options.identity,
    });
    await dataServer.listen(host, port);
    started.push(() => dataServer.close());

    const installed = options.home === undefined ? undefined : new InstalledPlugins(options.home, log);
    await installed?.look();
    const shelf = new PluginShelf({ installed, server, credentials, directory: workDir.plugins });
    started.push(() => shelf.close());

    const offer = () => offerOf(registry, commands, installed);
    const contentTypes = () => installed?.contentTypeModules ?? [];
    const { executors: directory, socketPath } = workDir;
    const configured = commandDrivers(commands);
    const plugins = pluginDrivers({ registry, shelf, script, contentTypes });
    const pool = new ExecutorPool({ cpus, directory, socketPath, log, graceMs, idleMs });
    let stopping: Promise<void> | undefined;
    let reportClosed: (error: RainError | undefined) => void;
    const closed = new Promise<RainError | undefined>((resolve) => {
      reportClosed = resolve;
    });
    const stop = (error?: RainError): Promise<void> => {
      stopping ??= closeAll().then(() => reportClosed(error));
      return stopping;
    };
    let id = 0;
    const uplink = new Uplink({
      server,
      credentials,
      hello: () => ({
        cpus,
        memory,
        resources: Object.fromEntries(Object.entries(named).map(([name, units]) => [name, units.length])),
        labels,
        hostname: hostname(),
        pid: process.pid,
        dataUrl: dataServer.url,
        ...offer(),
      }),
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
    started.push(() => uplink.close());
    const send = (message: WorkerToServer) => uplink.send(message);
    const worker: Worker = new Worker({
      resources: { cpus, memory, named },
      server,
      credentials,
      registry,
      pool,
      driverOf: (kind) => configured(kind.type) ?? plugins(kind),
      store,
      workDir,
      shelf,
      log,
      send,
      onStop: () => void stop(),
    });
    started.push(() => worker.close());
    await uplink.join();

    const figures = () => ({
      objectMemory: store.memoryBytes,
      objectFiles: store.fileBytes,
      received: worker.received,
      sent: dataServer.sent,
    });
    const sampler = startSampler(
      figures,
      () => pool.members(),
      (sample) => send(["sample", sample]),
    );
    started.push(() => sampler.stop());
    if (installed) started.push(installed.watch(() => send(["types", offer()])));
    return {
      get id() {
        return id;
      },
      closed,
      stop: () => stop(),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** @throws USAGE */
function checkListen(host: string, { token }: Credentials): void {
  if (host === "0.0.0.0" || host === "::") {
    throw new RainError("USAGE", `${host} is not an address at which other workers reach this one`, {
      hint: "Name the address of this machine in the network of the cluster.",
    });
  }
  if (token === undefined && !isLoopback(host)) {
    throw new RainError("USAGE", `others than this machine reach ${host}: a worker there needs a token`, {
      hint: "Give it that of its cluster: --token-file FILE or $RAIN_TOKEN.",
    });
  }
}

/** What Rain brings itself, what the worker configuration adds, and what the installed plugins bring. */
function offerOf(registry: Registry, commands: Commands, installed: InstalledPlugins | undefined): Offer {
  const { taskTypes, contentTypes } = installed?.offer ?? { taskTypes: [], contentTypes: [] };
  return {
    taskTypes: [...registry.describe(), ...commandTypes(commands), ...taskTypes],
    contentTypes: [...new Set([...registry.contentTypeNames(), ...contentTypes])],
  };
}
