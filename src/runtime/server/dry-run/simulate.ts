import { entryAt } from "../../collections/entry-at.ts";
import { EventHeap } from "../../collections/event-heap.ts";
import {
  createState,
  type Effect,
  type Event,
  type GraphColumns,
  graphColumns,
  step,
} from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { GraphChunk, GraphKind } from "../../model/graph.ts";
import { LOCAL } from "../../model/slots.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import { type QueuedTask, TaskQueue } from "../../task-queue/index.ts";
import { type Needs, needsOf, ResourcePool, type Units } from "../../task-queue/resource-pool.ts";

/** The only session in the core of a dry run. */
export const DRY_SESSION = 1;
/** The start of tasks longer than this is reported, as real workers do. */
const LONG_SECONDS = 0.05;

type Assign = Extract<Effect, { kind: "assign" }>;

/** A task in the queue of a worker in virtual time. */
class DryTask implements QueuedTask {
  readonly session = DRY_SESSION;
  readonly id: number;
  readonly kind: GraphKind;
  readonly needs: Needs;
  readonly inputs: readonly number[];
  missing = 0;
  state: QueuedTask["state"] = "waiting";
  units: Units | undefined;
  sharing: QueuedTask["sharing"];

  constructor(id: number, kind: GraphKind, inputs: readonly number[]) {
    this.id = id;
    this.kind = kind;
    this.needs = needsOf(kind.resources);
    this.inputs = inputs;
  }

  get priority(): number {
    return this.kind.priority ?? 0;
  }
}

/** A worker in virtual time, with the task queue of a real one. */
export class DryWorker {
  /** Tasks in the order of their start. */
  readonly ran: number[] = [];
  /** Number of inputs fetched from other workers or the server. */
  fetched = 0;
  readonly objects = new Set<number>();
  readonly queue: TaskQueue<DryTask>;

  constructor({ cpus, memory, named }: WorkerCapacity) {
    const units = Object.entries(named).map(([name, amount]): [string, number[]] => [
      name,
      [...new Array(amount).keys()],
    ]);
    const pool = new ResourcePool({ cpus, memory, named: Object.fromEntries(units) });
    this.queue = new TaskQueue(pool, (_session, object) => this.objects.has(object));
  }

  /** Adds an object to the worker. */
  put(object: number): void {
    this.objects.add(object);
    this.queue.arrived(DRY_SESSION, object);
  }
}

/**
 * Runs a graph in virtual time on a core of its own, as if the workers were idle. Transfers take no time, and
 * outputs have size 0. Pure and deterministic.
 */
export class DryRun {
  readonly core = createState();
  readonly workers = new Map<number, DryWorker>();
  /** Virtual time in seconds. */
  now = 0;
  readonly #kinds: GraphKind[] = [];
  readonly #secondsOf: (type: string) => number;
  readonly #events: Event[] = [];
  readonly #ends = new EventHeap<{ worker: number; task: DryTask; seconds: number }>();

  /** @param chunks have passed `checkSubmit` for a session without tasks */
  constructor(
    workers: ReadonlyMap<number, WorkerCapacity>,
    chunks: GraphChunk[],
    secondsOf: (type: string) => number,
  ) {
    this.#secondsOf = secondsOf;
    for (const { kinds, kind } of chunks) for (const number of kind) this.#kinds.push(entryAt(kinds, number));
    this.#events.push({ kind: "sessionOpened", session: DRY_SESSION });
    for (const [worker, capacity] of workers) {
      this.workers.set(worker, new DryWorker(capacity));
      this.#events.push({ kind: "workerJoined", worker, capacity });
    }
    this.#events.push({ kind: "submitted", session: DRY_SESSION, chunks });
  }

  /** Processes the next `count` events. Returns whether there are more. */
  advance(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const event = this.#events.shift() ?? this.#nextEnd();
      if (event === undefined) return false;
      for (const effect of step(this.core, event, this.now)) {
        if (effect.kind === "assign") this.#assign(effect);
        else if (effect.kind === "retract") this.#retract(effect.worker, effect.tasks);
      }
      if ("worker" in event) this.#startAll(event.worker);
    }
    return true;
  }

  #nextEnd(): Event | undefined {
    const next = this.#ends.take();
    if (next === undefined) return undefined;
    const { worker: slot, task, seconds } = next.value;
    this.now = next.at;
    const worker = this.#worker(slot);
    worker.queue.finished(task);
    const { length } = task.kind.outputs;
    const first = entryAt(this.#graph().firstOutput, task.id);
    for (let n = 0; n < length; n++) worker.put(first + n);
    return {
      kind: "tasksFinished",
      worker: slot,
      session: DRY_SESSION,
      tasks: Uint32Array.of(task.id),
      durations: Float32Array.of(seconds),
      sizes: new Float64Array(length),
    };
  }

  #assign({ worker: slot, tasks, sources }: Assign): void {
    const worker = this.#worker(slot);
    const { inputStart, inputs } = this.#graph();
    let next = 0;
    for (const id of tasks) {
      const taken = [...inputs.subarray(inputStart[id], inputStart[id + 1])];
      for (const object of taken) {
        if (sources[next++] === LOCAL) continue;
        worker.fetched++;
        worker.put(object);
      }
      worker.queue.assign(new DryTask(id, entryAt(this.#kinds, id), taken));
    }
    this.#startAll(slot);
  }

  #graph(): GraphColumns {
    const graph = graphColumns(this.core, DRY_SESSION);
    if (!graph) throw new RainError("INTERNAL", "the session of a dry run has no graph");
    return graph;
  }

  #worker(slot: number): DryWorker {
    const worker = this.workers.get(slot);
    if (!worker) throw new RainError("INTERNAL", `a dry run has no worker ${slot}`);
    return worker;
  }

  #retract(slot: number, asked: Uint32Array): void {
    const tasks = this.#worker(slot).queue.retract(DRY_SESSION, asked);
    this.#events.push({ kind: "tasksReturned", worker: slot, session: DRY_SESSION, tasks });
  }

  #startAll(slot: number): void {
    const worker = this.#worker(slot);
    const long: number[] = [];
    for (let task = worker.queue.next(); task !== undefined; task = worker.queue.next()) {
      const seconds = this.#secondsOf(task.kind.type);
      this.#ends.add(this.now + seconds, { worker: slot, task, seconds });
      worker.ran.push(task.id);
      if (seconds > LONG_SECONDS) long.push(task.id);
    }
    if (long.length === 0) return;
    const tasks = Uint32Array.from(long);
    this.#events.push({ kind: "tasksStarted", worker: slot, session: DRY_SESSION, tasks });
  }
}
