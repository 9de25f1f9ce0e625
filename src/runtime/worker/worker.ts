import type { Logger } from "pino";
import { RainError } from "../errors.ts";
import type { Registry } from "../plugin/registry.ts";
import type {
  Assign,
  InventoryPart,
  ServerToWorker,
  TaskKind,
  WorkerToServer,
} from "../protocol/messages/index.ts";
import type { Credentials } from "../security/credentials.ts";
import { TaskQueue } from "../task-queue/index.ts";
import { ResourcePool, type WorkerResources } from "../task-queue/resource-pool.ts";
import { HOST_ID } from "../transport/shared-files.ts";
import type { ExecutorDriver } from "./executors/executor.ts";
import type { ExecutorPool } from "./executors/pool.ts";
import { ExecutorRunner } from "./executors/runner.ts";
import type { PluginCache } from "./plugins/plugin-cache.ts";
import { Reporter } from "./reporting/reporter.ts";
import type { StoredObject } from "./store/content.ts";
import { inventoryOf } from "./store/inventory.ts";
import type { ObjectStore } from "./store/object-store.ts";
import type { WorkDir } from "./store/work-dir.ts";
import { type AssignedTask, PreparedKind } from "./tasks/assigned-task.ts";
import { Assignments } from "./tasks/assignments.ts";
import { TaskDirs } from "./tasks/task-dirs.ts";
import { taskFailure } from "./tasks/task-failure.ts";
import { TaskRunner } from "./tasks/task-runner.ts";
import { Fetcher } from "./transfer/fetcher.ts";

/** Milliseconds that tasks may run one after another before the event loop handles sockets and timers. */
const SLICE_MS = 8;
/** Seconds of work that are handed to an executor at once, estimated from earlier tasks of the kind. */
const BATCH_SECONDS = 0.005;

export interface WorkerOptions {
  resources: WorkerResources;
  /** `HOST:PORT` */
  server: string;
  credentials: Credentials;
  registry: Registry;
  /** Processes for task types that do not run in this process. */
  pool: ExecutorPool;
  /** Milliseconds between the request to stop and the kill of a program. */
  graceMs?: number | undefined;
  driverOf: (kind: TaskKind) => ExecutorDriver | undefined;
  store: ObjectStore;
  workDir: WorkDir;
  pluginCache: PluginCache;
  log: Logger;
  send: (message: WorkerToServer) => void;
  /** Called when the server asks for the types that this worker offers. */
  onInquiry: () => void;
  /** Called when the server has asked this worker to stop. */
  onStop: () => void;
}

/**
 * Carries out the messages of the server: fetches inputs, runs tasks as resources become free, stores and
 * reports their outputs.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #assignments: Assignments;
  /** The kinds whose tasks run in executors. */
  readonly #drivers = new WeakMap<PreparedKind, ExecutorDriver>();
  readonly #pool: ResourcePool;
  readonly #queue: TaskQueue<AssignedTask>;
  readonly #reporter: Reporter;
  readonly #runner: TaskRunner;
  readonly #executors: ExecutorRunner;
  readonly #fetcher: Fetcher;
  readonly #logsMessages: boolean;
  #slot = 0;
  #turn: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: WorkerOptions) {
    const { resources, server, credentials, registry, pool, driverOf, store, workDir, log, send } = options;
    this.#options = options;
    this.#logsMessages = log.isLevelEnabled("debug");
    this.#assignments = new Assignments((kind) => {
      const prepared = new PreparedKind(kind, registry.taskType(kind.type));
      const driver = driverOf(kind);
      if (driver) this.#drivers.set(prepared, driver);
      return prepared;
    });
    this.#pool = new ResourcePool(resources);
    this.#queue = new TaskQueue(this.#pool, (session, object) => store.has(session, object));
    this.#reporter = new Reporter(send);
    store.onGivenUp((session, object) => this.#givenUp(session, object));
    const onSpoiled = ({ session, id }: AssignedTask, input: number) =>
      this.#reportGivenUp(session, input, Uint32Array.of(id));
    const dirs = new TaskDirs(workDir.tasks);
    this.#runner = new TaskRunner({
      store,
      reporter: this.#reporter,
      slot: () => this.#slot,
      dirs,
      graceMs: options.graceMs,
      log,
      lookup: (name) => registry.contentType(name),
      onEnd: (task, outputs) => this.#ended(task, outputs),
      onSpoiled,
    });
    this.#executors = new ExecutorRunner({
      store,
      reporter: this.#reporter,
      pool,
      slot: () => this.#slot,
      memory: resources.memory,
      dirs,
      log,
      lookup: (name) => registry.contentType(name),
      onEnd: (task, outputs) => this.#ended(task, outputs),
      onSpoiled,
      onReturned: (task) => {
        this.#queue.putBack(task);
        this.#wake();
      },
    });
    this.#fetcher = new Fetcher({
      store,
      server,
      credentials,
      host: HOST_ID,
      incoming: workDir.incoming,
      onArrived: (session, object) => this.#arrived(session, object),
      onLost: (session, object, source, error) => this.#lost(session, object, source, error),
    });
  }

  /** Bytes of the objects received so far. */
  get received(): number {
    return this.#fetcher.received;
  }

  /** The worker has joined a server as this slot. Its sessions end if the cluster is new to it. */
  joined(slot: number, isNew: boolean): void {
    this.#slot = slot;
    if (isNew) for (const session of [...this.#assignments.sessions.keys()]) this.#endSession(session);
  }

  /** Handles the loss of the server: running tasks continue, and the others do not start. */
  serverLost(): void {
    this.#fetcher.forgetPeers();
    this.#queue.discardWaiting();
  }

  /** Lists what the worker has of the sessions of the lost server. */
  inventory(): InventoryPart[] {
    // Tasks may have been put back meanwhile.
    this.#queue.discardWaiting();
    return [...this.#assignments.sessions].flatMap(([session, opened]) =>
      inventoryOf(session, opened, this.#options.store.objectsOf(session), {
        running: this.#queue.running(session),
        finished: this.#reporter.finishedWithoutOutputs(session),
      }),
    );
  }

  /** Handles messages of the server. @throws INVALID_MESSAGE for an invalid one */
  handle(messages: readonly ServerToWorker[]): void {
    for (const message of messages) {
      if (this.#closed) return;
      if (this.#logsMessages) this.#options.log.debug(`message ${message[0]}`);
      this.#handle(message);
    }
  }

  /** Stops all tasks and transfers. */
  async close(): Promise<void> {
    this.#closed = true;
    clearImmediate(this.#turn);
    await Promise.all([this.#runner.close(), this.#executors.close()]);
    this.#reporter.close();
    await this.#fetcher.close();
  }

  #handle([kind, body]: ServerToWorker): void {
    switch (kind) {
      case "peers":
        this.#fetcher.addPeers(body.peers);
        break;
      case "peerLost":
        this.#fetcher.losePeer(body.slot);
        break;
      case "assign":
        this.#assign(body);
        break;
      case "retract":
        this.#retract(body.session, body.tasks);
        break;
      case "drop":
        this.#drop(body.session, body.objects);
        break;
      case "abort":
        this.#abort(body.session, new Set(body.tasks));
        break;
      case "endSession":
        this.#endSession(body.session);
        break;
      case "inquireTypes":
        this.#options.onInquiry();
        break;
      case "stop":
        this.#options.onStop();
    }
  }

  #assign(message: Assign): void {
    const { session, constants } = message;
    const { store, pluginCache } = this.#options;
    const { tasks, fetches } = this.#assignments.read(message);
    // Plugins are fetched together with the inputs. Errors show when a task needs the plugin.
    for (const [, { plugin }] of message.kinds) if (plugin) pluginCache.package(plugin).catch(() => {});
    for (const { object, info, data } of constants) {
      if (info.dataType === "dir") this.#fetcher.unpack(session, object, info, data);
      // A copy: a view would keep the whole frame in memory.
      else store.put(session, object, new Uint8Array(data), info.contentType, info.file);
    }
    for (const task of tasks) this.#accept(task);
    for (const request of fetches)
      if (!store.has(session, request.object)) this.#fetcher.fetch(session, request);
    this.#wake();
  }

  #accept(task: AssignedTask): void {
    const shortage = this.#pool.shortage(task.needs);
    if (shortage === undefined) {
      this.#queue.assign(task);
      return;
    }
    const error = new RainError("INTERNAL", shortage);
    this.#reporter.failedBeforeStart(task, taskFailure(task, this.#slot, error));
  }

  #retract(session: number, tasks: Uint32Array): void {
    this.#options.send(["returned", { session, tasks: this.#queue.retract(session, tasks) }]);
  }

  #drop(session: number, objects: Uint32Array): void {
    for (const object of objects) {
      if (!this.#queue.awaits(session, object)) this.#fetcher.cancel(session, object);
      this.#options.store.drop(session, object);
    }
    this.#options.pool.dropped(session, objects);
  }

  #abort(session: number, tasks: ReadonlySet<number>): void {
    this.#queue.retract(session, tasks);
    this.#runner.abort(session, tasks);
    this.#executors.abort(session, tasks);
  }

  #endSession(session: number): void {
    this.#queue.endSession(session);
    this.#runner.abort(session);
    this.#executors.abort(session);
    this.#fetcher.endSession(session);
    this.#reporter.endSession(session);
    this.#assignments.endSession(session);
    this.#options.pool.dropped(session);
    this.#options.store.dropSession(session);
  }

  #arrived(session: number, object: number): void {
    this.#queue.arrived(session, object);
    this.#wake();
  }

  /** Reports an object that cannot be fetched. The server finds another source, or has the object made again. */
  #lost(session: number, object: number, source: number, error: RainError): void {
    const tasks = Uint32Array.from(this.#queue.lost(session, object), ({ id }) => id);
    this.#options.send(["missing", { session, object, source, tasks, error: error.toJSON() }]);
  }

  /** An object was given up because somebody has changed its files. Gives back the tasks that would use it. */
  #givenUp(session: number, object: number): void {
    this.#options.pool.dropped(session, Uint32Array.of(object));
    const tasks = Uint32Array.from(this.#queue.withdraw(session, object), ({ id }) => id);
    this.#reportGivenUp(session, object, tasks);
  }

  #reportGivenUp(session: number, object: number, tasks: Uint32Array): void {
    const what = `the files of object ${object} of session ${session} on worker ${this.#slot} were changed`;
    this.#options.log.warn(`${what}; it is taken from another worker or made again`);
    // The server must first know that the object was here.
    this.#reporter.flush();
    const error = new RainError("OBJECT_LOST", what).toJSON();
    this.#options.send(["missing", { session, object, source: this.#slot, tasks, error }]);
  }

  #ended(task: AssignedTask, outputs: readonly StoredObject[]): void {
    this.#queue.finished(task);
    for (let i = 0; i < outputs.length; i++) this.#queue.arrived(task.session, task.firstOutput + i);
    this.#wake();
  }

  #wake(): void {
    if (!this.#closed) this.#turn ??= setImmediate(() => this.#runReady());
  }

  #runReady(): void {
    const { store } = this.#options;
    const end = performance.now() + SLICE_MS;
    while (!store.isOverfull && performance.now() < end) {
      const task = this.#queue.next();
      if (!task) {
        this.#turn = undefined;
        return;
      }
      const driver = this.#drivers.get(task.kind);
      if (driver) this.#executors.start(driver, this.#batchFrom(task, driver));
      else this.#runner.start(task);
    }
    this.#turn = undefined;
    if (store.isOverfull) void store.waitForSpace().then(() => this.#wake());
    else this.#wake();
  }

  /**
   * Collects a task and those behind it that are short enough to run after it in the same process, within its resources.
   */
  #batchFrom(first: AssignedTask, driver: ExecutorDriver): AssignedTask[] {
    const batch = [first];
    const { seconds, memory } = first.kind;
    if (seconds === undefined) return batch;
    let left = BATCH_SECONDS - seconds;
    const fits = ({ kind }: AssignedTask) =>
      this.#drivers.get(kind) === driver &&
      kind.memory === memory &&
      kind.seconds !== undefined &&
      kind.seconds <= left;
    while (batch.length < driver.maxAhead && left > 0) {
      const next = this.#queue.nextWithin(first, fits);
      if (!next) break;
      left -= next.kind.seconds ?? 0;
      batch.push(next);
    }
    return batch;
  }
}
