import { expect } from "vitest";
import {
  type CoreState,
  checkInvariants,
  checkSubmit,
  createState,
  type Effect,
  type Event,
  type GraphChunk,
  type GraphKind,
  LOCAL,
  step,
  type WorkerCapacity,
} from "../../../../src/runtime/core/index.ts";

export { LOCAL };

export function capacity(cpus: number, types: string[], more: Partial<WorkerCapacity> = {}): WorkerCapacity {
  return { cpus, types: new Set(types), named: {}, labels: {}, ...more };
}

export interface TaskSketch extends Pick<GraphKind, "shipped" | "where" | "priority" | "retries"> {
  inputs?: number[];
  outputs?: number;
  type?: string;
  cpus?: number;
  memory?: number;
  named?: Record<string, number>;
  group?: string;
}

export interface ChunkSketch {
  firstTask?: number;
  firstObject?: number;
  /** Sizes of constants. */
  constants?: number[];
  tasks?: TaskSketch[];
  keep?: number[];
}

/** A chunk with a kind of its own for every task. */
export function chunk(sketch: ChunkSketch): GraphChunk {
  const tasks = sketch.tasks ?? [];
  const groups = [...new Set(["", ...tasks.map((task) => task.group ?? "")])];
  const inputs = tasks.map((task) => task.inputs ?? []);
  const inputStart = [0];
  for (const list of inputs) inputStart.push(inputStart.at(-1)! + list.length);
  return {
    firstTask: sketch.firstTask ?? 0,
    firstObject: sketch.firstObject ?? 0,
    constantSizes: Float64Array.from(sketch.constants ?? []),
    kinds: tasks.map((task) => ({
      type: task.type ?? "t",
      shipped: task.shipped,
      resources: { cpus: task.cpus ?? 1, memory: task.memory, named: task.named },
      where: task.where,
      priority: task.priority,
      retries: task.retries,
      outputs: { length: task.outputs ?? 1 },
      group: groups.indexOf(task.group ?? ""),
    })),
    groups,
    kind: Uint32Array.from(tasks, (_, i) => i),
    inputStart: Uint32Array.from(inputStart),
    inputs: Uint32Array.from(inputs.flat()),
    keep: Uint32Array.from(sketch.keep ?? []),
  };
}

/** So many tasks of one kind without inputs. */
export function independent(count: number, type = "t"): GraphChunk {
  const one = chunk({ tasks: [{ type }] });
  return { ...one, kind: new Uint32Array(count), inputStart: new Uint32Array(count + 1) };
}

/** An effect with plain lists instead of typed arrays. */
type Plain<T> = T extends unknown
  ? { [K in keyof T]: NonNullable<T[K]> extends Uint32Array ? number[] : T[K] }
  : never;
export type PlainEffect = Plain<Effect>;

function plain(effect: Effect): PlainEffect {
  const entries = Object.entries(effect).map(([k, v]) => [k, v instanceof Uint32Array ? [...v] : v]);
  return Object.fromEntries(entries) as PlainEffect;
}

/** A core that is checked after every step. Events about session 1 unless another is named. */
export class Core {
  readonly state: CoreState = createState();
  now = 0;

  do(event: Event): PlainEffect[] {
    this.now += 1;
    const effects = step(this.state, event, this.now);
    checkInvariants(this.state);
    return effects.map(plain);
  }

  /** Tells the core that it is this late. */
  tell(time: number): PlainEffect[] {
    this.now = time - 1;
    return this.do({ kind: "timePassed" });
  }

  /** One step without checks, for large graphs. */
  quietly(event: Event): Effect[] {
    return step(this.state, event, this.now);
  }

  open(session = 1, onFailure: "stop" | "continue" = "stop") {
    return this.do({ kind: "sessionOpened", session, onFailure });
  }

  submit(sketch: ChunkSketch | GraphChunk, session = 1) {
    const chunks = ["kind" in sketch ? sketch : chunk(sketch)];
    expect(checkSubmit(this.state, session, chunks)).toBeUndefined();
    return this.do({ kind: "submitted", session, chunks });
  }

  seal(session = 1) {
    return this.do({ kind: "sealed", session });
  }

  cancel(session = 1) {
    return this.do({ kind: "sessionCancelled", session });
  }

  close(session = 1) {
    return this.do({ kind: "sessionClosed", session });
  }

  unkeep(objects: number[], session = 1) {
    return this.do({ kind: "unkept", session, objects: Uint32Array.from(objects) });
  }

  join(worker: number, cpus = 1, types = ["t"], more: Partial<WorkerCapacity> = {}) {
    return this.do({ kind: "workerJoined", worker, capacity: capacity(cpus, types, more) });
  }

  /** It offers these types from now on. */
  change(worker: number, types: string[]) {
    return this.do({ kind: "workerChanged", worker, types: new Set(types) });
  }

  lose(worker: number) {
    return this.do({ kind: "workerLost", worker });
  }

  started(worker: number, tasks: number[], session = 1) {
    return this.do({ kind: "tasksStarted", worker, session, tasks: Uint32Array.from(tasks) });
  }

  /** With outputs of 1 byte and durations of 1 second unless said otherwise. */
  finish(
    worker: number,
    tasks: number[],
    { session = 1, seconds = 1, sizes }: { session?: number; seconds?: number; sizes?: number[] } = {},
  ) {
    return this.do({
      kind: "tasksFinished",
      worker,
      session,
      tasks: Uint32Array.from(tasks),
      durations: new Float32Array(tasks.length).fill(seconds),
      sizes: sizes === undefined ? new Float64Array(tasks.length * 4).fill(1) : Float64Array.from(sizes),
    });
  }

  fail(worker: number, task: number, session = 1) {
    return this.do({ kind: "taskFailed", worker, session, task });
  }

  missing(session: number, object: number, source: number, by?: { worker: number; tasks: number[] }) {
    return this.do({
      kind: "objectsMissing",
      session,
      objects: Uint32Array.of(object),
      sources: Uint32Array.of(source),
      ...(by && { by: { worker: by.worker, tasks: Uint32Array.from(by.tasks) } }),
    });
  }

  returned(worker: number, tasks: number[], session = 1) {
    return this.do({ kind: "tasksReturned", worker, session, tasks: Uint32Array.from(tasks) });
  }
}

/** The effects of one kind. */
export function only<K extends PlainEffect["kind"]>(effects: PlainEffect[], kind: K) {
  return effects.filter((effect): effect is Extract<PlainEffect, { kind: K }> => effect.kind === kind);
}

/** The tasks that were assigned to each worker. */
export function assignedTasks(effects: PlainEffect[]): Record<number, number[]> {
  const tasks: Record<number, number[]> = {};
  for (const effect of only(effects, "assign")) {
    tasks[effect.worker] = [...(tasks[effect.worker] ?? []), ...effect.tasks];
  }
  return tasks;
}
