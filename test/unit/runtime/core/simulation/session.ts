import type { Effect, GraphChunk, GraphKind, SessionState } from "../../../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";

export interface SimulatedTask {
  kind: GraphKind;
  cpus: number;
  /** Amounts of memory and named resources. */
  needs: Map<string, number>;
  priority: number;
  inputs: number[];
  outputs: number[];
}

/** What an observer knows of a session: what was submitted, and what the core says happened. */
export class SimulatedSession {
  readonly tasks: SimulatedTask[] = [];
  /** A failed task ends only what needs it. */
  readonly goesOn: boolean;
  readonly finished = new Set<number>();
  readonly failed = new Set<number>();
  readonly skipped = new Set<number>();
  /** Workers on which each task has failed. */
  readonly failedOn = new Map<number, Set<number>>();
  /** Tasks that have finished once, and may have to run again. */
  private readonly done = new Set<number>();
  readonly kept = new Set<number>();
  /** Objects on the server. */
  readonly constants = new Set<number>();
  objectCount = 0;
  state: SessionState = "open";

  constructor(goesOn: boolean) {
    this.goesOn = goesOn;
  }

  get isLive(): boolean {
    if (this.state === "failed") return this.goesOn;
    return this.state === "open" || this.state === "running" || this.state === "finished";
  }

  add(chunk: GraphChunk): void {
    for (let i = 0; i < chunk.constantSizes.length; i++) this.constants.add(this.objectCount++);
    for (const [i, number] of chunk.kind.entries()) {
      const kind = chunk.kinds[number]!;
      const { resources, outputs, priority = 0 } = kind;
      const { cpus, memory = 0, named = {} } = resources;
      const needs = Object.entries({ ...named, memory }).filter(([, amount]) => amount > 0);
      this.tasks.push({
        kind,
        cpus,
        needs: new Map(needs),
        priority,
        inputs: [...chunk.inputs.subarray(chunk.inputStart[i], chunk.inputStart[i + 1])],
        outputs: Array.from({ length: outputs.length }, () => this.objectCount++),
      });
    }
    for (const object of chunk.keep) this.kept.add(object);
  }

  finish(tasks: Uint32Array): void {
    for (const task of tasks) {
      assert(!this.finished.has(task), `task ${task} finishes twice`);
      const { inputs } = this.tasks[task]!;
      assert(
        inputs.every((object) => this.exists(object)),
        `task ${task} finishes before its inputs exist`,
      );
      this.finished.add(task);
      this.done.add(task);
    }
  }

  /** A run has failed, and there is to be another. */
  retry(task: number, slot: number): void {
    assert(!this.isOver(task), `task ${task} goes on after its end`);
    this.failedOn.set(task, new Set(this.failedOn.get(task)).add(slot));
  }

  fail(task: number): void {
    assert(!this.isOver(task), `task ${task} fails after its end`);
    this.failed.add(task);
  }

  /** Only what needs what will not be made may be skipped. */
  skip(tasks: Uint32Array, cause: number): void {
    assert(this.goesOn && this.failed.has(cause), `task ${cause} has not failed`);
    for (const task of tasks) {
      assert(!this.isOver(task), `task ${task} is skipped after its end`);
      this.skipped.add(task);
    }
    for (const task of tasks) assert(this.isDoomed(task), `task ${task} is skipped for no reason`);
  }

  /** Whether a task is over for good, or finished as of now. */
  isOver(task: number): boolean {
    return this.finished.has(task) || this.failed.has(task) || this.skipped.has(task);
  }

  /** Whether the task needs what a failed or skipped task was to make. */
  isDoomed(task: number): boolean {
    return this.tasks[task]!.inputs.some((object) => {
      const producer = this.producerOf(object);
      return this.failed.has(producer) || this.skipped.has(producer);
    });
  }

  restart(tasks: Uint32Array): void {
    for (const task of tasks)
      assert(this.finished.delete(task), `task ${task} runs again before it has finished`);
  }

  /** Objects may only go when nothing needs them any more, or when they are made again. */
  checkDrop({ objects }: Extract<Effect, { kind: "drop" }>, isPending: (object: number) => boolean): void {
    const needed = this.needed();
    for (const object of objects)
      assert(!needed.has(object) || isPending(object), `object ${object} is dropped, but needed or kept`);
  }

  /** Kept objects and inputs of tasks that are to run. */
  needed(): Set<number> {
    const needed = new Set(this.kept);
    for (const [task, { inputs }] of this.tasks.entries()) {
      if (!this.isOver(task)) for (const object of inputs) needed.add(object);
    }
    return needed;
  }

  /** Whether it has been made. Constants always have. */
  exists(object: number): boolean {
    const producer = this.producerOf(object);
    return producer < 0 || this.done.has(producer);
  }

  /** Whether its task is to run, for the first time or again. */
  isToBeMade(object: number): boolean {
    const producer = this.producerOf(object);
    return producer >= 0 && !this.finished.has(producer);
  }

  private producerOf(object: number): number {
    return this.tasks.findIndex(({ outputs }) => outputs.includes(object));
  }
}
