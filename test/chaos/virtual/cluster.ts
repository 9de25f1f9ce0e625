import {
  checkInvariants,
  checkSubmit,
  createState,
  type Effect,
  type Event,
  step,
} from "../../../src/runtime/core/index.ts";
import type { GraphChunk } from "../../../src/runtime/model/graph.ts";
import type { WorkerCapacity } from "../../../src/runtime/model/worker-capacity.ts";
import { pick, type Random } from "../random.ts";
import { assert } from "./assert.ts";
import { checkIdle, checkPriority } from "./check-placement.ts";
import { checkExists } from "./check-rest.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { Content } from "./content.ts";
import { describe } from "./describe.ts";
import { SimulatedJournal } from "./journal.ts";
import { observe } from "./observe.ts";
import { SimulatedSession } from "./session.ts";
import { SimulatedWorker, type WorkerSurroundings } from "./worker.ts";

const SERVER = 0;
/** Probability per step that a trouble ends. */
const TROUBLE_ENDS = 0.05;

/**
 * A cluster in virtual time around a core. Messages take a random time, but stay in order per worker and
 * direction. After every step the core must be consistent, and its effects must make sense to those who carry
 * them out.
 */
export class Cluster implements ClusterView, WorkerSurroundings {
  state = createState();
  /** The workers that the server knows, by slot. */
  readonly workers = new Map<number, SimulatedWorker>();
  /** Live workers that the server has given up. */
  readonly lostWorkers = new Set<SimulatedWorker>();
  readonly journal = new SimulatedJournal();
  /** All sessions that are not closed. */
  readonly sessions = new Map<number, SimulatedSession>();
  now = 0;
  /** Number of workers lost so far. */
  lostCount = 0;
  /** Called with a description of every event and effect. */
  trace: ((line: string) => void) | undefined;
  /** Probability that a run of a task fails. */
  failureRate = 0;
  /** Whether the last allowed run of a task may fail, too. */
  failsForGood = true;
  /** Share of the tasks that take seconds, not milliseconds. */
  longShare = 0.3;
  /** The time of the next `timePassed` event. */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Objects that could not be fetched from a place, as `SLOT SESSION OBJECT`. */
  private readonly missing = new Set<string>();
  /** The copies that the server has taken from the last report. */
  private copied: number[] = [];
  private readonly random: Random;
  private slots = 0;
  private lastSession = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Opens a new session. Numbers of sessions are never used twice. */
  open(): void {
    const session = ++this.lastSession;
    const onFailure = this.random() < 0.5 ? "stop" : "continue";
    this.sessions.set(session, new SimulatedSession(session, onFailure === "continue"));
    this.apply({ kind: "sessionOpened", session, onFailure });
  }

  /** Submits a chunk. Returns whether the core accepts it. */
  submit(session: number, chunk: GraphChunk): boolean {
    if (checkSubmit(this.state, session, [chunk]) !== undefined) return false;
    this.sessions.get(session)!.add(chunk);
    this.apply({ kind: "submitted", session, chunks: [chunk] });
    return true;
  }

  /** No further submit will come. */
  seal(session: number): void {
    this.sessions.get(session)!.sealed = true;
    this.apply({ kind: "sealed", session });
  }

  unkeep(session: number, object: number): void {
    const known = this.sessions.get(session);
    if (known?.kept.delete(object)) known.unkept.push(object);
    this.apply({ kind: "unkept", session, objects: Uint32Array.of(object) });
  }

  join(capacity: WorkerCapacity, slot = ++this.slots): void {
    this.workers.set(slot, new SimulatedWorker(this, this.random, slot, capacity));
    this.apply({ kind: "workerJoined", worker: slot, capacity });
  }

  change(slot: number, types: ReadonlySet<string>): void {
    const worker = this.workers.get(slot)!;
    worker.capacity = { ...worker.capacity, types };
    this.apply({ kind: "workerChanged", worker: slot, types });
  }

  lose(slot: number): void {
    this.workers.delete(slot);
    this.lostCount++;
    this.apply({ kind: "workerLost", worker: slot });
  }

  apply(event: Event): void {
    this.trace?.(describe(event));
    const effects = step(this.state, event, this.now);
    for (const effect of effects) this.trace?.(`  ${describe(effect)}`);
    checkInvariants(this.state);
    if (event.kind === "tasksFinished") this.takeCopies(event, effects);
    for (const effect of effects) {
      if (effect.kind !== "taskRetried" || event.kind !== "taskFailed") continue;
      this.sessions.get(effect.session)!.retry(effect.task, event.worker);
    }
    for (const effect of effects) observe(this, effect);
    if (event.kind === "tasksFinished") this.journal.noteCopies(event.session, this.copied);
    for (const effect of effects) if (effect.kind === "assign") checkPriority(this, effect);
    checkIdle(this);
  }

  /** Keeps the copies of those results in a report that the core accepts. */
  private takeCopies(
    { session: id, copies }: Extract<Event, { kind: "tasksFinished" }>,
    effects: Effect[],
  ): void {
    const session = this.sessions.get(id);
    const accepted = effects.flatMap((effect) => (effect.kind === "tasksFinished" ? [...effect.tasks] : []));
    const outputs = accepted.flatMap((task) => session?.tasks[task]?.outputs ?? []);
    const taken = [...(copies ?? [])].filter((object) => outputs.includes(object));
    for (const object of taken) session?.constants.add(object);
    this.copied = taken;
  }

  /**
   * Does one random step: a message arrives, a task starts or ends, or a trouble ends. Returns whether
   * anything could happen.
   */
  advance(): boolean {
    const possible: (() => void)[] = [];
    const troubled: SimulatedWorker[] = [];
    let ending: SimulatedWorker | undefined;
    for (const worker of this.workers.values()) {
      if (worker.canReceive) possible.push(() => worker.receive(worker.inbox.shift()!));
      if (worker.canReport) possible.push(() => this.apply(worker.outbox.shift()!));
      if (worker.isTroubled) troubled.push(worker);
    }
    for (const worker of this.lostWorkers) possible.push(() => this.rejoin(worker));
    for (const worker of this.living()) {
      if (worker.canFetch) possible.push(() => worker.fetchNext());
      if (worker.canStart) possible.push(() => worker.start());
      if (worker.nextEnd < (ending?.nextEnd ?? Number.POSITIVE_INFINITY)) ending = worker;
    }
    if (this.wakeAt < (ending?.nextEnd ?? Number.POSITIVE_INFINITY)) possible.push(() => this.wake());
    else if (ending !== undefined) possible.push(() => this.endTask(ending));
    if (troubled.length > 0 && (possible.length === 0 || this.random() < TROUBLE_ENDS)) {
      this.endTrouble(pick(this.random, troubled)!);
      return true;
    }
    const act = pick(this.random, possible);
    act?.();
    return act !== undefined;
  }

  /** All live workers, whether the server knows them or not. */
  private *living(): Generator<SimulatedWorker> {
    yield* this.workers.values();
    yield* this.lostWorkers;
  }

  /** The worker recovers, or the server gives it up. In the latter case a live worker will notice. */
  private endTrouble(worker: SimulatedWorker): void {
    const isDead = worker.condition === "dead";
    if (isDead || this.random() < 0.5) {
      this.lose(worker.slot);
      if (!isDead) this.lostWorkers.add(worker);
      return;
    }
    worker.condition = "well";
    worker.isDisconnected = false;
  }

  /** A worker that the server has given up, or that lost its server, rejoins with its inventory. */
  rejoin(worker: SimulatedWorker, bringsAll = true): void {
    this.lostWorkers.delete(worker);
    worker.loseServer();
    worker.condition = "well";
    worker.isDisconnected = false;
    worker.slot = ++this.slots;
    this.workers.set(worker.slot, worker);
    const { slot, capacity } = worker;
    const inventories = bringsAll ? worker.inventories() : [];
    this.apply({ kind: "workerJoined", worker: slot, capacity, inventories });
  }

  /** Replaces the server by a new one with an empty state. Its workers are lost until they rejoin. */
  restart(): void {
    this.state = createState();
    this.wakeAt = Number.POSITIVE_INFINITY;
    for (const worker of this.workers.values()) if (worker.condition !== "dead") this.lostWorkers.add(worker);
    this.workers.clear();
  }

  /** Runs until nothing can happen any more. */
  settle(): void {
    let steps = 0;
    while (this.advance()) assert(steps++ < 100_000, "the cluster does not come to rest");
  }

  /** The result when a worker fetches an object: its content, or that it comes later or not at all. */
  read(reader: SimulatedWorker, place: number, session: number, object: number): Content | "later" | "fails" {
    const replica = this.workers.get(place);
    if (place !== SERVER && (replica === undefined || replica.condition === "dead")) return "fails";
    if (replica?.condition === "frozen") return "later";
    if (reader.isDisconnected || replica?.isDisconnected) return this.random() < 0.5 ? "later" : "fails";
    const content = this.contentAt(place, session, object);
    const isMissed = this.missing.has(`${place} ${session} ${object}`);
    const isAwaited = this.sessions.get(session)?.isLive && reader.awaits(session, object);
    assert(
      content !== undefined || isMissed || !isAwaited,
      `object ${object} of session ${session} is not at its source ${place}`,
    );
    return content ?? "fails";
  }

  /** The server reads an object for a client. */
  fetch(session: number, object: number, place: number | undefined): void {
    assert(place !== undefined, `object ${object} of session ${session} is nowhere`);
    const replica = this.workers.get(place);
    if (replica?.condition === "frozen") return;
    if (replica?.isTroubled) {
      this.noteMissing(session, object, place);
      this.apply({
        kind: "objectsMissing",
        session,
        objects: Uint32Array.of(object),
        sources: Uint32Array.of(place),
      });
      return;
    }
    checkExists(this, session, this.sessions.get(session)!, object);
  }

  /** Notes that an object could not be fetched from a place: it will be dropped there. */
  noteMissing(session: number, object: number, place: number): void {
    this.missing.add(`${place} ${session} ${object}`);
  }

  /** Decides whether this run of a task fails. */
  fails(session: number, task: number): boolean {
    if (this.random() >= this.failureRate) return false;
    return this.failsForGood || (this.sessions.get(session)?.failOnce(task) ?? true);
  }

  contentAt(place: number, id: number, object: number): Content | undefined {
    if (place !== SERVER) return this.workers.get(place)?.contentOf(id, object);
    const session = this.sessions.get(id);
    return session?.constants.has(object) ? session.contentOf(object) : undefined;
  }

  private wake(): void {
    this.passTo(this.wakeAt);
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.apply({ kind: "timePassed" });
  }

  private passTo(time: number): void {
    const at = Math.max(this.now, time);
    for (const other of this.living()) other.reportStarted(this.now, at);
    this.now = at;
  }

  private endTask(worker: SimulatedWorker): void {
    this.passTo(worker.nextEnd);
    worker.endTask();
  }
}
