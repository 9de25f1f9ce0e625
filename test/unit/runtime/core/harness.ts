import { expect } from "vitest";
import {
  type CoreState,
  checkInvariants,
  checkSubmit,
  createState,
  type Effect,
  type Event,
  type Inventory,
  step,
} from "../../../../src/runtime/core/index.ts";
import type { GraphChunk } from "../../../../src/runtime/model/graph.ts";
import { LOCAL } from "../../../../src/runtime/model/slots.ts";
import type { WorkerCapacity } from "../../../../src/runtime/model/worker-capacity.ts";
import { type ChunkSketch, chunk } from "./chunk.ts";

export type { TaskSketch } from "./chunk.ts";
export { type ChunkSketch, chunk, LOCAL };

export function capacity(cpus: number, types: string[], more: Partial<WorkerCapacity> = {}): WorkerCapacity {
  return { cpus, types: new Set(types), named: {}, labels: {}, ...more };
}

/** A chunk of `count` tasks of one kind without inputs. */
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

/** A core that is checked after every step. Events are about session 1 unless another is given. */
export class Core {
  readonly state: CoreState = createState();
  now = 0;

  do(event: Event): PlainEffect[] {
    this.now += 1;
    const effects = step(this.state, event, this.now);
    checkInvariants(this.state);
    return effects.map(plain);
  }

  /** Tells the core the time. */
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

  /** A worker rejoins with these inventories. */
  rejoin(worker: number, inventories: InventorySketch[], cpus = 1, types = ["t"]) {
    return this.do({
      kind: "workerJoined",
      worker,
      capacity: capacity(cpus, types),
      inventories: inventories.map(inventory),
    });
  }

  restore(sketch: RestoredSketch, session = 1) {
    const {
      chunks,
      sealed = false,
      ended,
      unkept = [],
      finished = [],
      failed = [],
      inventories = {},
    } = sketch;
    return this.do({
      kind: "sessionRestored",
      session,
      chunks: chunks.map(chunk),
      ...(sketch.onFailure && { onFailure: sketch.onFailure }),
      sealed,
      ...(ended && { ended }),
      unkept: Uint32Array.from(unkept),
      finished: Uint32Array.from(finished),
      failed: Uint32Array.from(failed),
      sizes: new Float64Array(100).fill(1),
      failures: sketch.failures ?? [],
      inventories: new Map(Object.entries(inventories).map(([slot, has]) => [Number(slot), inventory(has)])),
    });
  }

  /** The worker offers these types from now on. */
  change(worker: number, types: string[]) {
    return this.do({ kind: "workerChanged", worker, types: new Set(types) });
  }

  lose(worker: number) {
    return this.do({ kind: "workerLost", worker });
  }

  started(worker: number, tasks: number[], session = 1) {
    return this.do({ kind: "tasksStarted", worker, session, tasks: Uint32Array.from(tasks) });
  }

  /** Outputs have 1 byte and durations are 1 second unless given. */
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

export interface InventorySketch {
  session?: number;
  objects?: number[];
  running?: number[];
  finished?: number[];
}

export interface RestoredSketch {
  chunks: ChunkSketch[];
  onFailure?: "stop" | "continue";
  sealed?: boolean;
  ended?: "failed" | "cancelled";
  unkept?: number[];
  finished?: number[];
  failed?: number[];
  failures?: [task: number, times: number, pause?: number][];
  /** Inventories by slot. */
  inventories?: Record<number, InventorySketch>;
}

/** Creates an inventory with objects of 1 byte, of session 1 unless another is given. */
function inventory({ session = 1, objects = [], running = [], finished = [] }: InventorySketch): Inventory {
  return {
    session,
    objects: Uint32Array.from(objects),
    sizes: new Float64Array(objects.length).fill(1),
    running: Uint32Array.from(running),
    finished: Uint32Array.from(finished),
  };
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
