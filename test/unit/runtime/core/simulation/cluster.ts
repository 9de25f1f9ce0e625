import {
  checkInvariants,
  checkSubmit,
  createState,
  type Effect,
  type Event,
  type GraphChunk,
  objectHolder,
  objectState,
  step,
  taskState,
  taskWorker,
  type WorkerCapacity,
} from "../../../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import { pick, type Random } from "./random.ts";
import { SimulatedSession, type SimulatedTask } from "./session.ts";
import { SimulatedWorker } from "./worker.ts";

type SessionEffect = Exclude<Effect, { kind: "wakeAt" }>;

/**
 * A cluster in virtual time around a core. Messages take their time, in order per worker and direction; what
 * happens next is random. After every step the core must be consistent; whatever it asks for must make sense
 * to those who do it.
 */
export class Cluster {
  readonly state = createState();
  readonly workers = new Map<number, SimulatedWorker>();
  /** All that are not closed. */
  readonly sessions = new Map<number, SimulatedSession>();
  now = 0;
  /** Probability that a task fails. */
  failureRate = 0;
  /** Share of the tasks that take seconds, not milliseconds. */
  longShare = 0.3;
  /** When the core wants to be told the time. */
  private wakeAt = Number.POSITIVE_INFINITY;
  private readonly random: Random;
  private slots = 0;
  private lastSession = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** A new session; their numbers are never used again. */
  open(): void {
    const session = ++this.lastSession;
    const onFailure = this.random() < 0.5 ? "stop" : "continue";
    this.sessions.set(session, new SimulatedSession(onFailure === "continue"));
    this.apply({ kind: "sessionOpened", session, onFailure });
  }

  /** Whether the core accepts it. */
  submit(session: number, chunk: GraphChunk): boolean {
    if (checkSubmit(this.state, session, [chunk]) !== undefined) return false;
    this.sessions.get(session)!.add(chunk);
    this.apply({ kind: "submitted", session, chunks: [chunk] });
    return true;
  }

  unkeep(session: number, object: number): void {
    this.sessions.get(session)?.kept.delete(object);
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
    this.apply({ kind: "workerLost", worker: slot });
  }

  apply(event: Event): void {
    const effects = step(this.state, event, this.now);
    checkInvariants(this.state);
    for (const effect of effects) {
      if (effect.kind !== "taskRetried" || event.kind !== "taskFailed") continue;
      this.sessions.get(effect.session)!.retry(effect.task, event.worker);
    }
    for (const effect of effects) this.observe(effect);
    for (const effect of effects) if (effect.kind === "assign") this.checkPriority(effect);
    this.checkIdle();
  }

  /** What is given to a worker has no lower priority than what it could have been given instead. */
  private checkPriority({ worker: slot, session, tasks }: Extract<Effect, { kind: "assign" }>): void {
    const worker = this.workers.get(slot);
    const given = [...tasks].map((task) => this.sessions.get(session)?.tasks[task]);
    for (const { id, number, task, name } of this.readyTasks()) {
      if (worker === undefined || !this.mayRun(worker, id, number)) continue;
      const needs = `${[...task.needs.keys()].sort()}`;
      const lower = given.some(
        (other) => other && other.priority < task.priority && `${[...other.needs.keys()].sort()}` === needs,
      );
      assert(!lower, `worker ${slot} was given less than ${name}`);
    }
  }

  /** No task without inputs waits for a worker while one could start it at once. */
  private checkIdle(): void {
    const held = new Map<number, SimulatedTask[]>();
    for (const [id, { tasks }] of this.sessions) {
      for (const [number, task] of tasks.entries()) {
        const is = taskState(this.state, id, number);
        if (is !== "assigned" && is !== "running") continue;
        const slot = taskWorker(this.state, id, number)!;
        held.set(slot, [...(held.get(slot) ?? []), task]);
      }
    }
    for (const { id, number, task, name } of this.readyTasks()) {
      if (task.inputs.length > 0) continue;
      for (const worker of this.workers.values()) {
        const isIdle = this.mayRun(worker, id, number) && worker.hasRoom(task, held.get(worker.slot) ?? []);
        assert(!isIdle, `${name} is ready and worker ${worker.slot} idle`);
      }
    }
  }

  /** Whether the worker fits the task, and has not failed it unless all that fit have. */
  private mayRun(worker: SimulatedWorker, id: number, number: number): boolean {
    const session = this.sessions.get(id)!;
    const task = session.tasks[number]!;
    const failedOn = session.failedOn.get(number);
    if (!worker.canRun(task)) return false;
    if (!failedOn?.has(worker.slot)) return true;
    return [...this.workers.values()].every((other) => failedOn.has(other.slot) || !other.canRun(task));
  }

  private *readyTasks(): Generator<{ id: number; number: number; task: SimulatedTask; name: string }> {
    for (const [id, { tasks }] of this.sessions) {
      for (const [number, task] of tasks.entries()) {
        if (taskState(this.state, id, number) !== "ready") continue;
        yield { id, number, task, name: `task ${number} of session ${id}` };
      }
    }
  }

  /** A message arrives, or a task starts or ends. Whether there was anything that could happen. */
  advance(): boolean {
    const possible: (() => void)[] = [];
    let ending: SimulatedWorker | undefined;
    for (const worker of this.workers.values()) {
      if (worker.inbox.length > 0) possible.push(() => worker.receive(worker.inbox.shift()!));
      if (worker.outbox.length > 0) possible.push(() => this.apply(worker.outbox.shift()!));
      if (worker.canStart) possible.push(() => worker.start());
      if (worker.nextEnd < (ending?.nextEnd ?? Number.POSITIVE_INFINITY)) ending = worker;
    }
    if (this.wakeAt < (ending?.nextEnd ?? Number.POSITIVE_INFINITY)) possible.push(() => this.wake());
    else if (ending !== undefined) possible.push(() => this.endTask(ending));
    const act = pick(this.random, possible);
    act?.();
    return act !== undefined;
  }

  /** Goes on until nothing can happen any more. */
  settle(): void {
    let steps = 0;
    while (this.advance()) assert(steps++ < 100_000, "the cluster does not come to rest");
  }

  isAt(place: number, session: number, object: number): boolean {
    if (place === 0) return this.sessions.get(session)?.constants.has(object) ?? false;
    return this.workers.get(place)?.has(session, object) ?? false;
  }

  /**
   * At rest there is nothing but what sessions keep or still need, all of it, and no worker has anything to
   * do.
   */
  checkRest(): void {
    for (const worker of this.workers.values()) {
      assert(worker.heldCount === 0, `worker ${worker.slot} still has tasks`);
    }
    for (const [id, session] of this.sessions) {
      const needed = session.isLive ? session.needed() : new Set<number>();
      for (const object of needed) this.checkExists(id, session, object);
      for (const worker of this.workers.values()) {
        const left = worker.objectsOf(id).filter((object) => !needed.has(object));
        assert(left.length === 0, `objects ${left} of session ${id} are left on worker ${worker.slot}`);
      }
    }
  }

  /** The core says where each object is that should be somewhere. */
  private checkExists(id: number, session: SimulatedSession, object: number): void {
    if (!session.exists(object) || session.isToBeMade(object)) return;
    const place = objectHolder(this.state, id, object);
    const isThere = place !== undefined && this.isAt(place, id, object);
    assert(isThere, `object ${object} of session ${id} is not at ${place}, where it should be`);
  }

  private observe(effect: Effect): void {
    if (effect.kind === "wakeAt") {
      assert(effect.time > this.now, "the core wants to be told what is over");
      this.wakeAt = effect.time;
      return;
    }
    const session = this.sessions.get(effect.session);
    assert(session !== undefined, `${effect.kind} is about no session`);
    if (effect.kind === "sessionChanged") {
      session.state = effect.state;
      if (effect.state === "closed") this.sessions.delete(effect.session);
      return;
    }
    if (effect.kind === "tasksFinished") {
      session.finish(effect.tasks);
      return;
    }
    if (effect.kind === "taskRetried") return;
    if (effect.kind === "taskFailed") {
      session.fail(effect.reason.task);
      return;
    }
    if (effect.kind === "tasksSkipped") {
      session.skip(effect.tasks, effect.cause);
      return;
    }
    if (effect.kind === "tasksRestarted") {
      session.restart(effect.tasks);
      return;
    }
    if (effect.kind === "tasksLost") {
      assert(!this.workers.has(effect.worker), `worker ${effect.worker} is not lost`);
      return;
    }
    if (effect.kind === "drop") {
      const { worker, session: id } = effect;
      session.checkDrop(effect, (object) => {
        return (
          objectState(this.state, id, object) === "pending" || objectHolder(this.state, id, object) !== worker
        );
      });
    }
    if (effect.worker === 0) this.observeOnServer(effect, session);
    else this.send(this.workers.get(effect.worker)!, effect);
  }

  /** What it can run is decided now: its task types may be others when the message arrives. */
  private send(worker: SimulatedWorker, effect: SessionEffect): void {
    for (const task of effect.kind === "assign" ? effect.tasks : []) {
      assert(this.mayRun(worker, effect.session, task), `worker ${worker.slot} cannot run task ${task}`);
    }
    worker.inbox.push(effect);
  }

  private observeOnServer(effect: SessionEffect, session: SimulatedSession): void {
    if (effect.kind === "endSession") {
      session.constants.clear();
      return;
    }
    assert(effect.kind === "drop", `${effect.kind} is nothing for the server`);
    for (const object of effect.objects) {
      assert(session.constants.delete(object), `the server has no object ${object} to drop`);
    }
  }

  private wake(): void {
    this.passTo(this.wakeAt);
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.apply({ kind: "timePassed" });
  }

  private passTo(time: number): void {
    const at = Math.max(this.now, time);
    for (const other of this.workers.values()) other.reportStarted(this.now, at);
    this.now = at;
  }

  private endTask(worker: SimulatedWorker): void {
    this.passTo(worker.nextEnd);
    worker.endTask(this.failureRate);
  }
}
