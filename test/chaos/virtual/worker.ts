import { getOrInsert } from "../../../src/runtime/collections/get-or-insert.ts";
import type { Effect, Event, Inventory } from "../../../src/runtime/core/index.ts";
import { LOCAL } from "../../../src/runtime/model/slots.ts";
import type { WorkerCapacity } from "../../../src/runtime/model/worker-capacity.ts";
import { below, type Random } from "../random.ts";
import { assert } from "./assert.ts";
import { hasRoom } from "./capacity.ts";
import type { Content } from "./content.ts";
import { type AssignedTask, finishedReport, inventoryOf } from "./reports.ts";
import type { SimulatedSession } from "./session.ts";
import { SimulatedStore } from "./store.ts";

/** Tasks that have run for this long are reported as started. */
const LONG_SECONDS = 0.05;

/** The part of a cluster that a worker uses. */
export interface WorkerSurroundings {
  readonly sessions: ReadonlyMap<number, SimulatedSession>;
  readonly now: number;
  /** Share of the tasks that take seconds, not milliseconds. */
  readonly longShare: number;
  /** Decides whether this run of a task fails. */
  fails(session: number, task: number): boolean;
  /** The result when a worker fetches an object: its content, or that it comes later or not at all. */
  read(reader: SimulatedWorker, place: number, session: number, object: number): Content | "later" | "fails";
  /** Notes that an object could not be fetched from a place: it will be dropped there. */
  noteMissing(session: number, object: number, place: number): void;
}

/**
 * A worker without faults of its own: it carries out effects, and throws if they make no sense. Troubles from
 * outside set `condition` and `isDisconnected`.
 */
export class SimulatedWorker {
  /** A new slot each time that the worker joins. */
  slot: number;
  capacity: WorkerCapacity;
  /** Effects that have not reached the worker. */
  readonly inbox: Effect[] = [];
  /** Reports that have not reached the core. */
  readonly outbox: Event[] = [];
  /** The server is not told about this. It only notices later that no messages come. */
  condition: "well" | "frozen" | "dead" = "well";
  /** No messages arrive or leave, but tasks go on. */
  isDisconnected = false;
  private readonly cluster: WorkerSurroundings;
  private readonly random: Random;
  private assignments: AssignedTask[] = [];
  /** Tasks that have failed here, or were given back because an input was missing. */
  private readonly abandoned: AssignedTask[] = [];
  /** Objects that could not be fetched, or were to be dropped, as `SESSION OBJECT`. */
  private readonly dropped = new Set<string>();
  private readonly store = new SimulatedStore();
  /** Finished tasks without outputs, by session. */
  private readonly withoutOutputs = new Map<number, number[]>();
  /** Objects to fetch, in the order of assignment. */
  private wanted: { session: number; object: number }[] = [];

  constructor(cluster: WorkerSurroundings, random: Random, slot: number, capacity: WorkerCapacity) {
    this.cluster = cluster;
    this.random = random;
    this.slot = slot;
    this.capacity = capacity;
  }

  get assignedCount(): number {
    return this.assignments.length;
  }

  /** Numbers of the objects of a session that the worker has or expects. */
  objectsOf(session: number): number[] {
    return this.store.objectsOf(session);
  }

  /** The content of an object, if the worker has it. */
  contentOf(session: number, object: number): Content | undefined {
    return this.store.get(session, object)?.content;
  }

  /** Whether the worker has no tasks, objects or messages. */
  get isEmpty(): boolean {
    const messages = this.inbox.length + this.outbox.length;
    return this.assignments.length + messages + this.withoutOutputs.size === 0 && this.store.isEmpty;
  }

  get isTroubled(): boolean {
    return this.condition !== "well" || this.isDisconnected;
  }

  get canReceive(): boolean {
    return this.inbox.length > 0 && this.condition === "well" && !this.isDisconnected;
  }

  /** Messages that a process sent before it died may still arrive. */
  get canReport(): boolean {
    return this.outbox.length > 0 && !this.isDisconnected;
  }

  /** The process dies. Some of its last messages are on their way. */
  die(): void {
    this.condition = "dead";
    this.inbox.length = 0;
    this.outbox.length = this.isDisconnected ? 0 : below(this.random, this.outbox.length + 1);
  }

  /**
   * The worker notices that its server is lost, or has given it up: running tasks go on, the others are
   * dropped.
   */
  loseServer(): void {
    this.inbox.length = 0;
    this.outbox.length = 0;
    this.assignments = this.assignments.filter(({ endsAt }) => endsAt !== undefined);
    this.wanted = [];
    this.store.forgetSources();
  }

  /** The inventories that the worker reports when it rejoins. */
  inventories(): Inventory[] {
    const sessions = new Set([
      ...this.store.sessionNumbers,
      ...this.assignments.map(({ session }) => session),
      ...this.withoutOutputs.keys(),
    ]);
    return [...sessions].map((session) => {
      const finished = this.withoutOutputs.get(session) ?? [];
      return inventoryOf(session, this.objectsOf(session), this.assignments, finished, this.random);
    });
  }

  receive(effect: Effect): void {
    if (effect.kind === "assign") this.accept(effect);
    else if (effect.kind === "abort") this.abort(effect);
    else if (effect.kind === "retract") this.giveBack(effect);
    else if (effect.kind === "drop") this.drop(effect);
    else if (effect.kind === "endSession") this.endSession(effect.session);
    else throw new Error(`${effect.kind} is no effect for a worker`);
  }

  get canStart(): boolean {
    return this.condition === "well" && this.nextTask !== undefined;
  }

  get canFetch(): boolean {
    return this.condition === "well" && this.wanted.length > 0;
  }

  /** Whether all inputs are here or can be fetched. Inputs of an early task may still have to be made here. */
  private hasInputs({ session, task }: AssignedTask): boolean {
    return this.cluster.sessions
      .get(session)!
      .tasks[task]!.inputs.every((object) => this.store.get(session, object) !== undefined);
  }

  /**
   * Whether the worker has the task that makes the object, or had it according to the last message to the
   * core.
   */
  private makes(session: number, object: number): boolean {
    return [...this.assignments, ...this.abandoned].some(
      (assigned) => assigned.session === session && this.taskOf(assigned)?.outputs.includes(object),
    );
  }

  /** The first task by priority and arrival that fits beside the running ones. */
  private get nextTask(): AssignedTask | undefined {
    const known = this.assignments.filter((assigned) => this.taskOf(assigned) !== undefined);
    const tasksOf = (list: AssignedTask[]) => list.map((assigned) => this.taskOf(assigned)!);
    const running = tasksOf(known.filter(({ endsAt }) => endsAt !== undefined));
    const waiting = known.filter((assigned) => assigned.endsAt === undefined && this.hasInputs(assigned));
    waiting.sort((one, other) => this.taskOf(other)!.priority - this.taskOf(one)!.priority);
    return waiting.find((assigned) => hasRoom(this.capacity, this.taskOf(assigned)!, running));
  }

  /** Fetches the inputs of the next task and starts it, unless one cannot be fetched now. */
  start(): void {
    const next = this.nextTask!;
    const { session } = next;
    const { inputs } = this.taskOf(next)!;
    if (!inputs.every((object) => this.fetch(session, object))) return;
    const isLong = this.random() < this.cluster.longShare;
    next.inputs = inputs.map((object) => this.contentOf(session, object)!);
    next.startedAt = this.cluster.now;
    next.endsAt = this.cluster.now + this.random() * (isLong ? 3 : 0.01);
  }

  /** Fetches an object before the tasks that need it start. */
  fetchNext(): void {
    const { session, object } = this.wanted.shift()!;
    if (this.store.get(session, object)?.source !== undefined) this.fetch(session, object);
  }

  /** The earliest end of its running tasks. */
  get nextEnd(): number {
    if (this.condition !== "well") return Number.POSITIVE_INFINITY;
    return this.assignments.reduce(
      (first, { endsAt = first }) => Math.min(first, endsAt),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Ends the running task with the earliest end. */
  endTask(): void {
    const assigned = this.assignments.find(({ endsAt }) => endsAt === this.nextEnd)!;
    const { session, task, inputs } = assigned;
    this.assignments.splice(this.assignments.indexOf(assigned), 1);
    if (this.cluster.fails(session, task)) {
      this.abandoned.push(assigned);
      this.outbox.push({ kind: "taskFailed", worker: this.slot, session, task });
      return;
    }
    const known = this.cluster.sessions.get(session);
    const outputs = this.taskOf(assigned)?.outputs ?? [];
    for (const object of outputs)
      this.store.put(session, object, known!.outputOf(task, object, inputs), true);
    if (outputs.length === 0) getOrInsert(this.withoutOutputs, session, () => []).push(task);
    this.outbox.push(finishedReport(this.slot, assigned, known?.kept ?? new Set(), outputs, this.random));
  }

  /** Reports the tasks that have become long between two times as started. */
  reportStarted(from: number, to: number): void {
    if (this.condition !== "well") return;
    for (const { session, task, startedAt, endsAt } of this.assignments) {
      const due = startedAt + LONG_SECONDS;
      if (endsAt === undefined || due <= from || due > to) continue;
      this.outbox.push({ kind: "tasksStarted", worker: this.slot, session, tasks: Uint32Array.of(task) });
    }
  }

  private accept({ session, tasks, sources }: Extract<Effect, { kind: "assign" }>): void {
    const known = this.cluster.sessions.get(session);
    // The session has been closed meanwhile, and the next message says so.
    if (known === undefined) return;
    let next = 0;
    for (const task of tasks) {
      for (const object of known.tasks[task]!.inputs) this.expectInput(session, object, sources[next++]!);
      this.assignments.push({ session, task, startedAt: 0, endsAt: undefined, inputs: [] });
    }
    assert(next === sources.length, "there are more sources than inputs");
  }

  private expectInput(session: number, object: number, source: number): void {
    const known = this.store.get(session, object);
    const where = `object ${object} of session ${session}`;
    if (source === LOCAL) {
      const isExpected = this.makes(session, object) || this.dropped.has(`${session} ${object}`);
      assert(known !== undefined || isExpected, `${where} is not on worker ${this.slot}`);
    } else if (!known?.isMadeHere) {
      // The core may not have known yet that the object was made here.
      assert(known === undefined, `${where} is on worker ${this.slot} already`);
      this.store.expect(session, object, source);
      this.wanted.push({ session, object });
    }
  }

  private giveBack({ session, tasks: asked }: Extract<Effect, { kind: "retract" }>): void {
    const isReturned = (assigned: AssignedTask) =>
      assigned.session === session && assigned.endsAt === undefined && asked.includes(assigned.task);
    const tasks = Uint32Array.from(this.assignments.filter(isReturned), ({ task }) => task);
    this.assignments = this.assignments.filter((assigned) => !isReturned(assigned));
    this.outbox.push({ kind: "tasksReturned", worker: this.slot, session, tasks });
  }

  private drop({ session, objects }: Extract<Effect, { kind: "drop" }>): void {
    for (const object of objects) {
      this.store.drop(session, object);
      this.dropped.add(`${session} ${object}`);
    }
  }

  private abort({ session, tasks }: Extract<Effect, { kind: "abort" }>): void {
    this.assignments = this.assignments.filter(
      (assigned) => assigned.session !== session || !tasks.includes(assigned.task),
    );
  }

  private endSession(session: number): void {
    this.assignments = this.assignments.filter((assigned) => assigned.session !== session);
    this.store.endSession(session);
    this.withoutOutputs.delete(session);
    this.wanted = this.wanted.filter((want) => want.session !== session);
  }

  /**
   * Fetches an object if necessary. Returns whether it is here now. Otherwise it may arrive later, or the
   * tasks that need it were given back.
   */
  private fetch(session: number, object: number): boolean {
    const entry = this.store.get(session, object);
    if (entry?.content !== undefined) return true;
    // The task was given back because of another input.
    if (entry === undefined) return false;
    const content = this.cluster.read(this, entry.source, session, object);
    if (content === "fails") this.reportMissing(session, object, entry.source);
    if (content === "fails" || content === "later") return false;
    this.store.put(session, object, content, false);
    return true;
  }

  /** Whether a task that the worker still has waits for the object. */
  awaits(session: number, object: number): boolean {
    return this.waitingFor(session, object).length > 0;
  }

  private waitingFor(session: number, object: number): AssignedTask[] {
    return this.assignments.filter(
      (assigned) =>
        assigned.session === session &&
        assigned.endsAt === undefined &&
        this.taskOf(assigned)?.inputs.includes(object),
    );
  }

  /** Gives back the tasks that wait for an object which cannot be fetched. */
  private reportMissing(session: number, object: number, source: number): void {
    const waiting = this.waitingFor(session, object);
    this.assignments = this.assignments.filter((assigned) => !waiting.includes(assigned));
    this.abandoned.push(...waiting);
    this.dropped.add(`${session} ${object}`);
    this.store.drop(session, object);
    this.cluster.noteMissing(session, object, source);
    this.outbox.push({
      kind: "objectsMissing",
      session,
      objects: Uint32Array.of(object),
      sources: Uint32Array.of(source),
      by: { worker: this.slot, tasks: Uint32Array.from(waiting, ({ task }) => task) },
    });
  }

  private taskOf({ session, task }: AssignedTask): SimulatedSession["tasks"][number] | undefined {
    return this.cluster.sessions.get(session)?.tasks[task];
  }
}
