import { type Effect, type Event, LOCAL } from "../../../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import type { Cluster } from "./cluster.ts";
import { below, type Random } from "./random.ts";
import type { SimulatedSession } from "./session.ts";

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
  readonly cpus: number;
  readonly types: ReadonlySet<string>;
  /** Effects that have not arrived yet. */
  readonly inbox: Effect[] = [];
  /** Reports that have not reached the core. */
  readonly outbox: Event[] = [];
  private readonly cluster: Cluster;
  private readonly random: Random;
  private held: HeldTask[] = [];
  /** Per session and object: that it is here, or the slot where to fetch it. */
  private readonly objects = new Map<number, Map<number, "here" | number>>();

  constructor(cluster: Cluster, random: Random, slot: number, cpus: number, types: ReadonlySet<string>) {
    this.cluster = cluster;
    this.random = random;
    this.slot = slot;
    this.cpus = cpus;
    this.types = types;
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

  /** Whether the next task in order of arrival can start now. */
  get canStart(): boolean {
    const next = this.held.find(({ endsAt }) => endsAt === undefined);
    if (next === undefined) return false;
    const used = this.held.filter(({ endsAt }) => endsAt !== undefined);
    return [...used, next].reduce((cpus, held) => cpus + (this.taskOf(held)?.cpus ?? 0), 0) <= this.cpus;
  }

  /** Fetches the inputs of the next task and starts it. A source that is lost fails it. */
  start(): void {
    const next = this.held.find(({ endsAt }) => endsAt === undefined)!;
    const { session, task } = next;
    for (const object of this.taskOf(next)?.inputs ?? []) {
      if (this.fetch(session, object)) continue;
      this.held.splice(this.held.indexOf(next), 1);
      this.outbox.push({ kind: "taskFailed", worker: this.slot, session, task });
      return;
    }
    next.startedAt = this.cluster.now;
    next.endsAt = this.cluster.now + this.random() * (this.random() < 0.7 ? 0.01 : 3);
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
      const { type, cpus, inputs } = known.tasks[task]!;
      assert(this.types.has(type) && cpus <= this.cpus, `worker ${this.slot} cannot run task ${task}`);
      for (const object of inputs) this.learn(session, object, sources[next++]!);
      this.held.push({ session, task, startedAt: 0, endsAt: undefined });
    }
    assert(next === sources.length, "there are more sources than inputs");
  }

  private learn(session: number, object: number, source: number): void {
    const store = this.store(session);
    const isKnown = store.has(object);
    const where = `object ${object} of session ${session}`;
    if (source === LOCAL) {
      assert(isKnown, `${where} is not on worker ${this.slot}`);
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
      const was = this.objects.get(session)?.delete(object);
      assert(was === true, `worker ${this.slot} knows nothing of object ${object}, which it is to drop`);
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
