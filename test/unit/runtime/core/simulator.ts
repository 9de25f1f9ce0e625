import {
  type CoreState,
  checkInvariants,
  checkSubmit,
  createState,
  type Effect,
  type Event,
  type GraphChunk,
  LOCAL,
  type SessionState,
  step,
  taskState,
} from "../../../../src/runtime/core/index.ts";

/** A random number in [0, 1). */
export type Random = () => number;

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): Random {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface HeldTask {
  session: number;
  task: number;
  /** Virtual time of its end, once it runs. */
  endsAt: number | undefined;
  startedAt: number;
}

/** A worker without faults: it does what the effects say, and complains when they make no sense. */
class SimulatedWorker {
  readonly slot: number;
  readonly cpus: number;
  readonly types: ReadonlySet<string>;
  /** Effects that have not arrived. */
  readonly inbox: Effect[] = [];
  /** Events that have not reached the core. */
  readonly outbox: Event[] = [];
  held: HeldTask[] = [];
  /** `session/object` → "here", or the slot from which it is to be fetched. */
  readonly objects = new Map<string, "here" | number>();

  constructor(slot: number, cpus: number, types: ReadonlySet<string>) {
    this.slot = slot;
    this.cpus = cpus;
    this.types = types;
  }
}

/** What the simulator knows of a session, by watching. */
interface SimulatedSession {
  kinds: { cpus: number; type: string; outputs: number }[];
  inputs: number[][];
  firstOutput: number[];
  objectCount: number;
  kept: Set<number>;
  finished: Set<number>;
  state: SessionState;
  /** Objects on the server. */
  constants: Set<number>;
}

const key = (session: number, object: number) => `${session}/${object}`;

/**
 * A cluster in virtual time around a core: workers with cpus, messages that take their time, in order per worker. It checks
 * after every step that the core is consistent, that each input is where the core says, that nothing needed is dropped, and that
 * no task finishes twice.
 */
export class Simulator {
  readonly state: CoreState = createState();
  readonly workers = new Map<number, SimulatedWorker>();
  readonly sessions = new Map<number, SimulatedSession>();
  private readonly random: Random;
  now = 0;

  constructor(random: Random) {
    this.random = random;
  }

  open(session: number): void {
    this.sessions.set(session, {
      kinds: [],
      inputs: [],
      firstOutput: [],
      objectCount: 0,
      kept: new Set(),
      finished: new Set(),
      state: "open",
      constants: new Set(),
    });
    this.apply({ kind: "sessionOpened", session });
  }

  /** Answers why not, if the core refuses it. */
  submit(session: number, chunk: GraphChunk): string | undefined {
    const refusal = checkSubmit(this.state, session, [chunk]);
    if (refusal !== undefined) return refusal;
    const known = this.sessions.get(session)!;
    for (let i = 0; i < chunk.constantSizes.length; i++) known.constants.add(known.objectCount++);
    for (const [i, number] of chunk.kind.entries()) {
      const kind = chunk.kinds[number]!;
      known.kinds.push({ cpus: kind.resources.cpus, type: kind.type, outputs: kind.outputs.length });
      known.inputs.push([...chunk.inputs.subarray(chunk.inputStart[i], chunk.inputStart[i + 1])]);
      known.firstOutput.push(known.objectCount);
      known.objectCount += kind.outputs.length;
    }
    for (const object of chunk.keep) known.kept.add(object);
    this.apply({ kind: "submitted", session, chunks: [chunk] });
    return undefined;
  }

  unkeep(session: number, object: number): void {
    this.sessions.get(session)?.kept.delete(object);
    this.apply({ kind: "unkept", session, objects: Uint32Array.of(object) });
  }

  join(slot: number, cpus: number, types: ReadonlySet<string>): void {
    this.workers.set(slot, new SimulatedWorker(slot, cpus, types));
    this.apply({ kind: "workerJoined", worker: slot, capacity: { cpus, types } });
  }

  lose(slot: number): void {
    this.workers.delete(slot);
    this.apply({ kind: "workerLost", worker: slot });
  }

  /** One event into the core; its effects are on their way to the workers. */
  apply(event: Event): void {
    const effects = step(this.state, event, this.now);
    checkInvariants(this.state);
    for (const effect of effects) this.observe(effect);
  }

  /** Something that may happen next happens: a message arrives, a task starts, runs on or ends. Whether there was anything. */
  advance(): boolean {
    const workers = [...this.workers.values()];
    const possible: (() => void)[] = [];
    for (const worker of workers) {
      if (worker.inbox.length > 0) possible.push(() => this.receive(worker, worker.inbox.shift()!));
      if (worker.outbox.length > 0) possible.push(() => this.apply(worker.outbox.shift()!));
      if (this.canStart(worker)) possible.push(() => this.startNext(worker));
    }
    const running = workers.flatMap((worker) => worker.held.filter(({ endsAt }) => endsAt !== undefined));
    if (running.length > 0) possible.push(() => this.endEarliest(workers));
    const act = possible[Math.floor(this.random() * possible.length)];
    act?.();
    return act !== undefined;
  }

  /** Until nothing moves any more. */
  settle(): void {
    for (let i = 0; this.advance(); i++) {
      if (i > 1_000_000) throw new Error("the cluster does not come to rest");
    }
  }

  private observe(effect: Effect): void {
    if (effect.kind === "sessionChanged") {
      this.sessions.get(effect.session)!.state = effect.state;
      if (effect.state === "closed") this.sessions.delete(effect.session);
    } else if (effect.kind === "tasksFinished") {
      const { finished } = this.sessions.get(effect.session)!;
      for (const task of effect.tasks) {
        assert(!finished.has(task), `task ${task} finishes twice`);
        finished.add(task);
      }
    } else if (effect.kind === "drop" && effect.worker === 0) {
      this.checkDrop(effect);
      for (const object of effect.objects) {
        assert(this.sessions.get(effect.session)!.constants.delete(object), `the server has no ${object}`);
      }
    } else if (effect.worker !== 0) {
      if (effect.kind === "drop") this.checkDrop(effect);
      this.workers.get(effect.worker)!.inbox.push(effect);
    }
  }

  private checkDrop(drop: Extract<Effect, { kind: "drop" }>): void {
    const session = this.sessions.get(drop.session)!;
    const dropped = new Set(drop.objects);
    assert(![...dropped].some((object) => session.kept.has(object)), "a kept object is dropped");
    for (const [task, inputs] of session.inputs.entries()) {
      if (session.finished.has(task)) continue;
      assert(!inputs.some((object) => dropped.has(object)), `an input of task ${task} is dropped`);
    }
  }

  private receive(worker: SimulatedWorker, effect: Effect): void {
    switch (effect.kind) {
      case "assign":
        return this.accept(worker, effect);
      case "retract": {
        const asked = new Set(effect.tasks);
        const returned = worker.held.filter(
          (held) => held.session === effect.session && asked.has(held.task) && held.endsAt === undefined,
        );
        worker.held = worker.held.filter((held) => !returned.includes(held));
        const tasks = Uint32Array.from(returned, ({ task }) => task);
        worker.outbox.push({ kind: "tasksReturned", worker: worker.slot, session: effect.session, tasks });
        return;
      }
      case "drop":
        for (const object of effect.objects) {
          const known = worker.objects.delete(key(effect.session, object));
          assert(known, `worker ${worker.slot} is to drop ${object}, of which it knows nothing`);
        }
        return;
      case "endSession":
        worker.held = worker.held.filter(({ session }) => session !== effect.session);
        for (const name of [...worker.objects.keys()]) {
          if (name.startsWith(key(effect.session, 0).slice(0, -1))) worker.objects.delete(name);
        }
        return;
      default:
        throw new Error(`${effect.kind} is nothing for a worker`);
    }
  }

  private accept(worker: SimulatedWorker, { session, tasks, sources }: Extract<Effect, { kind: "assign" }>): void {
    let next = 0;
    for (const task of tasks) {
      const known = this.sessions.get(session);
      // The session may have been closed meanwhile; the message that says so is next.
      if (known === undefined) return;
      assert(worker.types.has(known.kinds[task]!.type), `worker ${worker.slot} cannot run task ${task}`);
      for (const object of known.inputs[task]!) {
        const source = sources[next++]!;
        const place = worker.objects.get(key(session, object));
        if (source === LOCAL) {
          assert(place !== undefined, `object ${object} is not on worker ${worker.slot}`);
        } else {
          assert(place === undefined, `worker ${worker.slot} has object ${object} and is told to fetch it`);
          worker.objects.set(key(session, object), source);
        }
      }
      worker.held.push({ session, task, endsAt: undefined, startedAt: 0 });
    }
    assert(next === sources.length, "sources are left over");
  }

  private canStart(worker: SimulatedWorker): boolean {
    const next = worker.held.find(({ endsAt }) => endsAt === undefined);
    if (next === undefined) return false;
    let used = 0;
    for (const { session, task, endsAt } of worker.held) {
      if (endsAt !== undefined) used += this.sessions.get(session)?.kinds[task]!.cpus ?? 0;
    }
    return used + (this.sessions.get(next.session)?.kinds[next.task]!.cpus ?? 0) <= worker.cpus;
  }

  /** Tasks start in order of arrival, after their inputs have been fetched; a source that is gone fails the task. */
  private startNext(worker: SimulatedWorker): void {
    const next = worker.held.find(({ endsAt }) => endsAt === undefined)!;
    const { session, task } = next;
    const known = this.sessions.get(session);
    for (const object of known?.inputs[task] ?? []) {
      if (this.fetch(worker, session, object)) continue;
      worker.held.splice(worker.held.indexOf(next), 1);
      worker.outbox.push({ kind: "taskFailed", worker: worker.slot, session, task });
      return;
    }
    next.startedAt = this.now;
    next.endsAt = this.now + (this.random() < 0.7 ? this.random() * 0.01 : this.random() * 3);
  }

  /** Whether the object is here now. False only if its source was lost, or dropped it with its whole session. */
  private fetch(worker: SimulatedWorker, session: number, object: number): boolean {
    const place = worker.objects.get(key(session, object));
    assert(place !== undefined, `worker ${worker.slot} does not know where object ${object} is`);
    if (place === "here") return true;
    const source = this.workers.get(place);
    const isLive = ["open", "running"].includes(this.sessions.get(session)?.state ?? "closed");
    if (place === 0) assert(!isLive || this.sessions.get(session)!.constants.has(object), "a constant is gone");
    else if (source === undefined) return false;
    else assert(!isLive || source.objects.get(key(session, object)) === "here", `${place} has no ${object}`);
    worker.objects.set(key(session, object), "here");
    return true;
  }

  private endEarliest(workers: SimulatedWorker[]): void {
    let ending: { worker: SimulatedWorker; held: HeldTask; at: number } | undefined;
    for (const worker of workers) {
      for (const held of worker.held) {
        const at = held.endsAt ?? Number.POSITIVE_INFINITY;
        if (at < (ending?.at ?? Number.POSITIVE_INFINITY)) ending = { worker, held, at };
      }
    }
    const { worker, held, at } = ending!;
    this.reportLongTasks(workers, at);
    this.now = Math.max(this.now, at);
    worker.held.splice(worker.held.indexOf(held), 1);
    const { session, task } = held;
    const known = this.sessions.get(session);
    if (known === undefined) return;
    const { outputs } = known.kinds[task]!;
    for (let n = 0; n < outputs; n++) worker.objects.set(key(session, known.firstOutput[task]! + n), "here");
    worker.outbox.push({
      kind: "tasksFinished",
      worker: worker.slot,
      session,
      tasks: Uint32Array.of(task),
      durations: Float32Array.of(at - held.startedAt),
      sizes: Float64Array.from({ length: outputs }, () => Math.floor(this.random() * 10_000)),
    });
  }

  /** Tasks that have run for 50 ms by now are reported as started. */
  private reportLongTasks(workers: SimulatedWorker[], at: number): void {
    for (const { slot, held, outbox } of workers) {
      for (const { session, task, endsAt, startedAt } of held) {
        const due = startedAt + 0.05;
        if (endsAt === undefined || due <= this.now || due > at) continue;
        outbox.push({ kind: "tasksStarted", worker: slot, session, tasks: Uint32Array.of(task) });
      }
    }
  }

  /** After `settle`: nothing is left but what is kept, and all of that is there. */
  checkRest(): void {
    for (const [id, session] of this.sessions) {
      if (session.state === "failed" || session.state === "cancelled") {
        for (const { objects } of this.workers.values()) {
          assert(![...objects.keys()].some((name) => name.startsWith(`${id}/`)), `session ${id} left objects`);
        }
        continue;
      }
      const needed = new Set<number>(session.kept);
      for (const [task, inputs] of session.inputs.entries()) {
        if (!session.finished.has(task)) for (const object of inputs) needed.add(object);
      }
      for (const { objects } of this.workers.values()) {
        for (const name of objects.keys()) {
          const [of, object] = name.split("/").map(Number);
          if (of === id) assert(needed.has(object!), `object ${object} is left over`);
        }
      }
    }
    for (const worker of this.workers.values()) {
      assert(worker.held.length === 0, `worker ${worker.slot} still has tasks`);
      for (const name of worker.objects.keys()) {
        assert(this.sessions.has(Number(name.split("/")[0])), `an object of a closed session is left`);
      }
    }
  }

  /** Tasks of a session that did not finish although some worker could run them and their inputs. */
  unfinished(session: number): number[] {
    const known = this.sessions.get(session)!;
    const isRunnable = (task: number): boolean => {
      const { cpus, type } = known.kinds[task]!;
      const fits = [...this.workers.values()].some((worker) => worker.types.has(type) && worker.cpus >= cpus);
      return fits && known.inputs[task]!.every((object) => known.constants.has(object) || isMade(object));
    };
    const isMade = (object: number): boolean => {
      const producer = known.firstOutput.findIndex(
        (first, task) => object >= first && object < first + known.kinds[task]!.outputs,
      );
      return producer < 0 || known.finished.has(producer) || isRunnable(producer);
    };
    return known.kinds
      .map((_, task) => task)
      .filter((task) => taskState(this.state, session, task) !== "finished" && isRunnable(task));
  }
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
