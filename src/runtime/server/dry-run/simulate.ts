import { EventHeap } from "../../collections/event-heap.ts";
import { createState, type Effect, type Event, step } from "../../core/index.ts";
import type { GraphChunk, GraphKind } from "../../model/graph.ts";
import { LOCAL } from "../../model/slots.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";

/** The session of a dry run, the only one in its core. */
export const DRY_SESSION = 1;
/** Longer tasks are reported as started, as workers do. */
const LONG_SECONDS = 0.05;

type Assign = Extract<Effect, { kind: "assign" }>;

/** A worker in virtual time. Tasks wait by priority and arrival. */
export interface DryWorker {
  readonly capacity: WorkerCapacity;
  /** In the order of their start. */
  readonly ran: number[];
  /** Inputs that it had to bring from elsewhere. */
  fetched: number;
  waiting: number[];
  freeCpus: number;
  readonly used: Map<string, number>;
}

/**
 * Runs a graph in virtual time on a core of its own, as if the workers had nothing else to do. Transfers take no time, and
 * outputs have no size. Pure, and deterministic.
 */
export class DryRun {
  readonly core = createState();
  readonly workers = new Map<number, DryWorker>();
  /** Seconds of virtual time. */
  now = 0;
  readonly #kinds: GraphKind[] = [];
  readonly #secondsOf: (type: string) => number;
  readonly #events: Event[] = [];
  readonly #ends = new EventHeap<{ worker: number; task: number; seconds: number }>();

  /** @param chunks have passed `checkSubmit` for a session without tasks */
  constructor(
    workers: ReadonlyMap<number, WorkerCapacity>,
    chunks: GraphChunk[],
    secondsOf: (type: string) => number,
  ) {
    this.#secondsOf = secondsOf;
    for (const { kinds, kind } of chunks) for (const number of kind) this.#kinds.push(kinds[number]);
    this.#events.push({ kind: "sessionOpened", session: DRY_SESSION });
    for (const [worker, capacity] of workers) {
      const used = new Map<string, number>();
      this.workers.set(worker, { capacity, ran: [], fetched: 0, waiting: [], freeCpus: capacity.cpus, used });
      this.#events.push({ kind: "workerJoined", worker, capacity });
    }
    this.#events.push({ kind: "submitted", session: DRY_SESSION, chunks });
  }

  /** Goes on for so many events. Whether there are more. */
  advance(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const event = this.#events.shift() ?? this.#nextEnd();
      if (event === undefined) return false;
      for (const effect of step(this.core, event, this.now)) {
        if (effect.kind === "assign") this.#assign(effect);
        else if (effect.kind === "retract") this.#giveBack(effect.worker, effect.tasks);
      }
      if ("worker" in event) this.#startAll(event.worker);
    }
    return true;
  }

  #nextEnd(): Event | undefined {
    const next = this.#ends.take();
    if (next === undefined) return undefined;
    const { worker, task, seconds } = next.value;
    this.now = next.at;
    this.#take(this.workers.get(worker)!, this.#kinds[task], -1);
    return {
      kind: "tasksFinished",
      worker,
      session: DRY_SESSION,
      tasks: Uint32Array.of(task),
      durations: Float32Array.of(seconds),
      sizes: new Float64Array(this.#kinds[task].outputs.length),
    };
  }

  #assign({ worker: slot, tasks, sources }: Assign): void {
    const worker = this.workers.get(slot)!;
    for (const source of sources) if (source !== LOCAL) worker.fetched++;
    worker.waiting.push(...tasks);
    const priority = (task: number) => this.#kinds[task].priority ?? 0;
    worker.waiting.sort((one, other) => priority(other) - priority(one));
    this.#startAll(slot);
  }

  #giveBack(worker: number, asked: Uint32Array): void {
    const held = this.workers.get(worker)!;
    const tasks = asked.filter((task) => held.waiting.includes(task));
    held.waiting = held.waiting.filter((task) => !tasks.includes(task));
    this.#events.push({ kind: "tasksReturned", worker, session: DRY_SESSION, tasks });
  }

  /** As the task queue of a worker does: what lacks cpus holds up all others, what lacks something else its like. */
  #startAll(slot: number): void {
    const worker = this.workers.get(slot)!;
    const heldUp = new Set<string>();
    const started: number[] = [];
    for (const task of worker.waiting) {
      const kind = this.#kinds[task];
      const lacking = needsOf(kind).find(
        ([name, amount]) =>
          heldUp.has(name) || amount > totalOf(worker.capacity, name) - (worker.used.get(name) ?? 0),
      );
      if (lacking) heldUp.add(lacking[0]);
      else if (kind.resources.cpus > worker.freeCpus) break;
      else this.#start(slot, worker, task, started);
    }
    if (started.length === 0) return;
    worker.waiting = worker.waiting.filter((task) => !started.includes(task));
    const tasks = Uint32Array.from(
      started.filter((task) => this.#secondsOf(this.#kinds[task].type) > LONG_SECONDS),
    );
    if (tasks.length > 0) {
      this.#events.push({ kind: "tasksStarted", worker: slot, session: DRY_SESSION, tasks });
    }
  }

  #start(slot: number, worker: DryWorker, task: number, started: number[]): void {
    const seconds = this.#secondsOf(this.#kinds[task].type);
    this.#take(worker, this.#kinds[task], 1);
    this.#ends.add(this.now + seconds, { worker: slot, task, seconds });
    worker.ran.push(task);
    started.push(task);
  }

  #take(worker: DryWorker, kind: GraphKind, times: 1 | -1): void {
    worker.freeCpus -= times * kind.resources.cpus;
    for (const [name, amount] of needsOf(kind)) {
      worker.used.set(name, (worker.used.get(name) ?? 0) + times * amount);
    }
  }
}

/** Named resources, and memory by a name that none of them has. */
function needsOf({ resources: { memory = 0, named = {} } }: GraphKind): [name: string, amount: number][] {
  return Object.entries({ ...named, memory }).filter(([, amount]) => amount > 0);
}

function totalOf({ memory = Number.POSITIVE_INFINITY, named }: WorkerCapacity, name: string): number {
  return name === "memory" ? memory : Object.hasOwn(named, name) ? named[name] : 0;
}
