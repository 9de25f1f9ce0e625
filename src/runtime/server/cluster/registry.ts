import type { Logger } from "pino";
import { createState, type GraphColumns, graphColumns } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { SessionState } from "../../model/session-states.ts";
import type { Link } from "../../protocol/link/link.ts";
import type {
  InventoryPart,
  ServerToWorker,
  WorkerHello,
  WorkerSample,
  WorkerToServer,
} from "../../protocol/messages/index.ts";
import type { Journal } from "../journal/writer.ts";
import type { Constants } from "../objects/constants.ts";
import type { PluginStore } from "../objects/plugin-store.ts";
import type { SessionRecord } from "../sessions/session-record.ts";

/** A worker as the server sees it. */
export interface WorkerHandle {
  readonly slot: number;
  /** With the task types that the worker offers now. */
  hello: WorkerHello;
  readonly link: Link<ServerToWorker, WorkerToServer>;
  sample: WorkerSample | undefined;
  /** Per session: the kinds that the worker knows. */
  readonly sentKinds: Map<number, Set<number>>;
  /** Called for the answers to `inquireTypes`, in this order. */
  readonly inquiries: (() => void)[];
}

/** Listens to changes of sessions. */
export interface ClusterListener {
  /** Counts of the session changed. */
  progressed(session: number): void;
  /** The state of the session changed; a closed one is no longer in the registry. */
  changed(record: SessionRecord, state: SessionState): void;
}

/** Waits for the workers of a former server. */
export interface WorkerWaiter {
  joined(slot: number, former: number | undefined, inventory: readonly InventoryPart[]): void;
  left(slot: number): void;
  /** Keeps a report of a worker until the sessions exist. */
  defer(report: () => void): void;
}

export interface RegistryOptions {
  journal: Journal;
  constants: Constants;
  plugins: PluginStore;
  log: Logger;
  /** See `Registry.id`. */
  id: string;
  /** The highest numbers assigned so far. Numbers are never reused. */
  lastSession: number;
  lastSlot: number;
}

/** The sessions and workers of a cluster, and where their data is. It changes only through `Cluster`. */
export class Registry {
  readonly core = createState();
  readonly sessions = new Map<number, SessionRecord>();
  readonly workers = new Map<number, WorkerHandle>();
  readonly listeners = new Set<ClusterListener>();
  readonly journal: Journal;
  readonly constants: Constants;
  readonly plugins: PluginStore;
  readonly log: Logger;
  /** The same for all servers on one journal. */
  readonly id: string;
  /** The workers were told to stop. */
  isStopping = false;
  /** Present while sessions of a former server wait for its workers. */
  restoration: WorkerWaiter | undefined;
  #lastSession: number;
  #lastSlot: number;

  constructor({ journal, constants, plugins, log, id, lastSession, lastSlot }: RegistryOptions) {
    this.journal = journal;
    this.constants = constants;
    this.plugins = plugins;
    this.log = log;
    this.id = id;
    this.#lastSession = lastSession;
    this.#lastSlot = lastSlot;
  }

  newSession(): number {
    return ++this.#lastSession;
  }

  newSlot(): number {
    return ++this.#lastSlot;
  }

  /** The highest numbers assigned so far. */
  get lastNumbers(): { session: number; worker: number } {
    return { session: this.#lastSession, worker: this.#lastSlot };
  }

  /** @throws NOT_FOUND, SESSION_CLOSED */
  session(id: number): SessionRecord {
    const record = this.sessions.get(id);
    if (record) return record;
    const isClosed = id > 0 && id <= this.#lastSession;
    throw new RainError(
      isClosed ? "SESSION_CLOSED" : "NOT_FOUND",
      `session ${id} ${isClosed ? "is closed" : "does not exist"}`,
      { hint: "`rain status` lists the sessions." },
    );
  }

  /** Finds a session by its id, or the newest one of a name. @throws NOT_FOUND, SESSION_CLOSED */
  findSession(ref: number | string): SessionRecord {
    if (typeof ref === "number") return this.session(ref);
    const named = [...this.sessions.values()].findLast((record) => record.name === ref);
    if (named) return named;
    if (/^\d+$/.test(ref)) return this.session(Number(ref));
    throw new RainError("NOT_FOUND", `there is no session "${ref}"`, {
      hint: "`rain status` lists the sessions.",
    });
  }

  /** The graph of an open session. Only valid until the next `step`. */
  graph(record: SessionRecord): GraphColumns {
    const graph = graphColumns(this.core, record.id);
    if (!graph) throw new RainError("INTERNAL", `session ${record.id} has no graph`);
    return graph;
  }

  /** Sends a message to a worker, unless the worker is lost. */
  send(slot: number, message: ServerToWorker): void {
    this.workers.get(slot)?.link.send(message);
  }

  /** Tells the listeners that the counts of a session have changed. */
  progressed(session: number): void {
    for (const listener of this.listeners) listener.progressed(session);
  }
}

/** `HOST:PORT` of a worker's data server. */
export function addressOf(worker: WorkerHandle): string {
  return new URL(worker.hello.dataUrl).host;
}
