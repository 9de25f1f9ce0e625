import {
  type Effect,
  type Event,
  LOCAL,
  type WorkerCapacity,
} from "../../../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import type { Cluster } from "./cluster.ts";
import { below, type Random } from "./random.ts";
import type { SimulatedSession, SimulatedTask } from "./session.ts";

interface HeldTask {
  session: number;
  task: number;
  /** Virtual times, once it runs. */
  startedAt: number;
  endsAt: number | undefined;
}

/** Tasks that have run for so long are reported as started. */
const LONG_SECONDS = 0.05;

/** A worker without faults: it does what the effects say, and throws when they make no sense. */
export class SimulatedWorker {
  readonly slot: number;
  capacity: WorkerCapacity;
  /** Effects that have not arrived yet. */
  readonly inbox: Effect[] = [];
  /** Reports that have not reached the core. */
  readonly outbox: Event[] = [];
  private readonly cluster: Cluster;
  private readonly random: Random;
  private held: HeldTask[] = [];
  /** Tasks that have failed here, or lacked an input. */
  private readonly gaveUp: HeldTask[] = [];
  /** What it could not get, or was told to drop. */
  private readonly gone = new Set<string>();
  /** Per session and object: that it is here, or the slot where to fetch it. */
  private readonly objects = new Map<number, Map<number, "here" | number>>();

  constructor(cluster: Cluster, random: Random, slot: number, capacity: WorkerCapacity) {
    this.cluster = cluster;
    this.random = random;
    this.slot = slot;
    this.capacity = capacity;
  }

  get heldCount(): number {
    return this.held.length;
  }

  /** Numbers of the objects of a session that it has or expects. */
  objectsOf(session: number): number[] {
    return [...(this.objects.get(session)?.keys() ?? [])];
  }

  has(session: number, object: number): boolean {
    return this.objects.get(session)?.get(object) === "here";
  }

  receive(effect: Effect): void {
    if (effect.kind === "assign") this.accept(effect);
    else if (effect.kind === "retract") this.giveBack(effect);
    else if (effect.kind === "drop") this.drop(effect);
    else if (effect.kind === "endSession") this.endSession(effect.session);
    else throw new Error(`${effect.kind} is nothing for a worker`);
  }

  get canStart(): boolean {
    return this.nextTask !== undefined;
  }

  /** Whether it fits a task for ever. */
  canRun({ kind, cpus, needs }: SimulatedTask): boolean {
    const { workers, labels = {} } = kind.where ?? {};
    return (
      (kind.shipped || this.capacity.types.has(kind.type)) &&
      cpus <= this.capacity.cpus &&
      [...needs].every(([name, amount]) => amount <= this.totalOf(name)) &&
      (workers === undefined || workers.includes(this.slot)) &&
      Object.entries(labels).every(([name, value]) => this.capacity.labels[name] === value)
    );
  }

  /** Whether a task fits beside these. */
  hasRoom({ cpus, needs }: SimulatedTask, beside: readonly SimulatedTask[]): boolean {
    const fits = (amount: number, total: number, of: (task: SimulatedTask) => number) =>
      beside.reduce((sum, task) => sum + of(task), amount) <= total;
    return (
      fits(cpus, this.capacity.cpus, (task) => task.cpus) &&
      [...needs].every(([name, amount]) =>
        fits(amount, this.totalOf(name), (task) => task.needs.get(name) ?? 0),
      )
    );
  }

  /** Whether all inputs are here or can be fetched: those of an early task are still to be made here. */
  private hasInputs({ session, task }: HeldTask): boolean {
    const store = this.store(session);
    return this.cluster.sessions.get(session)!.tasks[task]!.inputs.every((object) => store.has(object));
  }

  /** Whether it has, or had when the core last heard of it, the task that makes the object. */
  private makes(session: number, object: number): boolean {
    return [...this.held, ...this.gaveUp].some(
      (held) => held.session === session && this.taskOf(held)?.outputs.includes(object),
    );
  }

  /** The first by priority and arrival that fits beside those that run. */
  private get nextTask(): HeldTask | undefined {
    const known = this.held.filter((held) => this.taskOf(held) !== undefined);
    const tasksOf = (list: HeldTask[]) => list.map((held) => this.taskOf(held)!);
    const running = tasksOf(known.filter(({ endsAt }) => endsAt !== undefined));
    const waiting = known.filter((held) => held.endsAt === undefined && this.hasInputs(held));
    waiting.sort((one, other) => this.taskOf(other)!.priority - this.taskOf(one)!.priority);
    return waiting.find((held) => this.hasRoom(this.taskOf(held)!, running));
  }

  private totalOf(name: string): number {
    const { memory = Number.POSITIVE_INFINITY, named } = this.capacity;
    return name === "memory" ? memory : (named[name] ?? 0);
  }

  /** Fetches the inputs of the next task and starts it, or gives it back when the source of one is gone. */
  start(): void {
    const next = this.nextTask!;
    const { session, task } = next;
    for (const object of this.taskOf(next)?.inputs ?? []) {
      if (this.fetch(session, object)) continue;
      this.held.splice(this.held.indexOf(next), 1);
      this.gaveUp.push(next);
      this.gone.add(`${session} ${object}`);
      const source = this.store(session).get(object) as number;
      this.store(session).delete(object);
      this.outbox.push({
        kind: "objectsMissing",
        session,
        objects: Uint32Array.of(object),
        sources: Uint32Array.of(source),
        by: { worker: this.slot, tasks: Uint32Array.of(task) },
      });
      return;
    }
    next.startedAt = this.cluster.now;
    const isLong = this.random() < this.cluster.longShare;
    next.endsAt = this.cluster.now + this.random() * (isLong ? 3 : 0.01);
  }

  /** When the first of its running tasks ends. */
  get nextEnd(): number {
    return this.held.reduce((first, { endsAt = first }) => Math.min(first, endsAt), Number.POSITIVE_INFINITY);
  }

  /** Ends its first task. It fails with the given probability. */
  endTask(failureRate: number): void {
    const held = this.held.find(({ endsAt }) => endsAt === this.nextEnd)!;
    const { session, task, startedAt, endsAt } = held;
    this.held.splice(this.held.indexOf(held), 1);
    if (this.random() < failureRate) {
      this.gaveUp.push(held);
      this.outbox.push({ kind: "taskFailed", worker: this.slot, session, task });
      return;
    }
    const outputs = this.taskOf(held)?.outputs ?? [];
    for (const object of outputs) this.store(session).set(object, "here");
    this.outbox.push({
      kind: "tasksFinished",
      worker: this.slot,
      session,
      tasks: Uint32Array.of(task),
      durations: Float32Array.of(endsAt! - startedAt),
      sizes: Float64Array.from(outputs, () => below(this.random, 10_000)),
    });
  }

  /** Reports the tasks that have become long between two times. */
  reportStarted(from: number, to: number): void {
    for (const { session, task, startedAt, endsAt } of this.held) {
      const due = startedAt + LONG_SECONDS;
      if (endsAt === undefined || due <= from || due > to) continue;
      this.outbox.push({ kind: "tasksStarted", worker: this.slot, session, tasks: Uint32Array.of(task) });
    }
  }

  private accept({ session, tasks, sources }: Extract<Effect, { kind: "assign" }>): void {
    const known = this.cluster.sessions.get(session);
    // Closed meanwhile: the message that says so is the next one.
    if (known === undefined) return;
    let next = 0;
    for (const task of tasks) {
      for (const object of known.tasks[task]!.inputs) this.learn(session, object, sources[next++]!);
      this.held.push({ session, task, startedAt: 0, endsAt: undefined });
    }
    assert(next === sources.length, "there are more sources than inputs");
  }

  private learn(session: number, object: number, source: number): void {
    const store = this.store(session);
    const isKnown = store.has(object);
    const where = `object ${object} of session ${session}`;
    if (source === LOCAL) {
      const isExpected = this.makes(session, object) || this.gone.has(`${session} ${object}`);
      assert(isKnown || isExpected, `${where} is not on worker ${this.slot}`);
    } else {
      assert(!isKnown, `${where} is on worker ${this.slot} already`);
      store.set(object, source);
    }
  }

  private giveBack({ session, tasks: asked }: Extract<Effect, { kind: "retract" }>): void {
    const isReturned = (held: HeldTask) =>
      held.session === session && held.endsAt === undefined && asked.includes(held.task);
    const tasks = Uint32Array.from(this.held.filter(isReturned), ({ task }) => task);
    this.held = this.held.filter((held) => !isReturned(held));
    this.outbox.push({ kind: "tasksReturned", worker: this.slot, session, tasks });
  }

  private drop({ session, objects }: Extract<Effect, { kind: "drop" }>): void {
    for (const object of objects) {
      this.objects.get(session)?.delete(object);
      this.gone.add(`${session} ${object}`);
    }
  }

  private endSession(session: number): void {
    this.held = this.held.filter((held) => held.session !== session);
    this.objects.delete(session);
  }

  /** Whether the object is here now; not if its source is lost. Of sessions that have ended, anything goes. */
  private fetch(session: number, object: number): boolean {
    const place = this.store(session).get(object);
    assert(place !== undefined, `worker ${this.slot} does not know where object ${object} is`);
    if (place === "here") return true;
    const known = this.cluster.sessions.get(session);
    if (place !== 0 && !this.cluster.workers.has(place)) return false;
    const isThere = this.cluster.isAt(place, session, object);
    assert(isThere || !known?.isLive, `object ${object} of session ${session} is not at its source ${place}`);
    this.store(session).set(object, "here");
    return true;
  }

  private store(session: number): Map<number, "here" | number> {
    let store = this.objects.get(session);
    if (store === undefined) {
      store = new Map();
      this.objects.set(session, store);
    }
    return store;
  }

  private taskOf({ session, task }: HeldTask): SimulatedSession["tasks"][number] | undefined {
    return this.cluster.sessions.get(session)?.tasks[task];
  }
}
