import type { Effect } from "../../../src/runtime/core/index.ts";
import type { GraphChunk, GraphKind } from "../../../src/runtime/model/graph.ts";
import type { SessionState } from "../../../src/runtime/model/session-states.ts";
import { assert } from "./assert.ts";
import { type Content, mixed } from "./content.ts";

export interface SimulatedTask {
  kind: GraphKind;
  cpus: number;
  /** Amounts of memory and named resources that it needs. */
  needs: Map<string, number>;
  priority: number;
  retries: number;
  inputs: number[];
  /** Tasks that finish before it starts. */
  predecessors: number[];
  outputs: number[];
}

/** An observer's view of a session: what was submitted, and what the core reported. */
export class SimulatedSession {
  readonly tasks: SimulatedTask[] = [];
  /** Whether a failed task only skips the tasks that need its outputs. */
  readonly continuesOnFailure: boolean;
  readonly finished = new Set<number>();
  readonly failed = new Set<number>();
  readonly skipped = new Set<number>();
  /** Slots of the workers on which each task has failed. */
  readonly failedOn = new Map<number, Set<number>>();
  /** Tasks that have finished once. They may have to run again. */
  private readonly done = new Set<number>();
  readonly kept = new Set<number>();
  readonly unkept: number[] = [];
  readonly chunks: GraphChunk[] = [];
  sealed = false;
  /** Constants and copies of results on the server. */
  readonly constants = new Set<number>();
  state: SessionState = "open";
  /** The task that makes each object, or -1 for a constant. */
  private readonly producer: number[] = [];
  /** Number of failed runs of each task. */
  private readonly failures = new Map<number, number>();
  private readonly contents = new Map<number, Content>();
  private readonly id: number;

  constructor(id: number, continuesOnFailure: boolean) {
    this.id = id;
    this.continuesOnFailure = continuesOnFailure;
  }

  get objectCount(): number {
    return this.producer.length;
  }

  get isLive(): boolean {
    if (this.state === "failed") return this.continuesOnFailure;
    return this.state === "open" || this.state === "running" || this.state === "finished";
  }

  add(chunk: GraphChunk): void {
    this.chunks.push(chunk);
    for (let i = 0; i < chunk.constantSizes.length; i++) this.constants.add(this.create(-1));
    for (const [i, number] of chunk.kind.entries()) {
      const kind = chunk.kinds[number]!;
      const { resources, outputs, priority = 0, retries = 0 } = kind;
      const { cpus, memory = 0, named = {} } = resources;
      const needs = Object.entries({ ...named, memory }).filter(([, amount]) => amount > 0);
      this.tasks.push({
        kind,
        cpus,
        needs: new Map(needs),
        priority,
        retries: typeof retries === "number" ? retries : retries.times,
        inputs: [...chunk.inputs.subarray(chunk.inputStart[i], chunk.inputStart[i + 1])],
        predecessors: predecessorsIn(chunk, this.tasks.length),
        outputs: Array.from({ length: outputs.length }, () => this.create(this.tasks.length)),
      });
    }
    for (const object of chunk.keep) this.kept.add(object);
  }

  finish(tasks: Uint32Array): void {
    for (const task of tasks) {
      assert(
        this.tasks[task]!.inputs.every((object) => this.exists(object)),
        `task ${task} finishes before its inputs exist`,
      );
    }
    this.find(tasks);
  }

  /** Tasks have finished on a worker that was lost meanwhile. Their inputs may be lost, and be made again elsewhere. */
  find(tasks: Uint32Array): void {
    for (const task of tasks) {
      assert(!this.finished.has(task), `task ${task} finishes twice`);
      assert(
        this.tasks[task]!.predecessors.every((predecessor) => this.done.has(predecessor)),
        `task ${task} finishes before its predecessors`,
      );
      this.finished.add(task);
      this.done.add(task);
    }
  }

  /** A run has failed, and the core wants another. */
  retry(task: number, slot: number): void {
    assert(!this.isOver(task), `task ${task} is retried after its end`);
    this.failedOn.set(task, new Set(this.failedOn.get(task)).add(slot));
  }

  fail(task: number): void {
    assert(!this.isOver(task), `task ${task} fails after its end`);
    this.failed.add(task);
  }

  /** Checks that each skipped task needs an object that will never be made. */
  skip(tasks: Uint32Array, cause: number): void {
    assert(this.continuesOnFailure && this.failed.has(cause), `task ${cause} has not failed`);
    for (const task of tasks) {
      assert(!this.isOver(task), `task ${task} is skipped after its end`);
      this.skipped.add(task);
    }
    for (const task of tasks) assert(this.lacksInputs(task), `task ${task} is skipped for no reason`);
  }

  /** Whether a task has failed, was skipped or is currently finished. */
  isOver(task: number): boolean {
    return this.finished.has(task) || this.failed.has(task) || this.skipped.has(task);
  }

  /** Whether the task needs an output of a failed or skipped task, or comes after one. */
  lacksInputs(task: number): boolean {
    const isOut = (other: number) => this.failed.has(other) || this.skipped.has(other);
    if (this.tasks[task]!.predecessors.some((one) => isOut(one) && !this.done.has(one))) return true;
    return this.tasks[task]!.inputs.some((object) => {
      const producer = this.producer[object]!;
      return this.failed.has(producer) || this.skipped.has(producer);
    });
  }

  restart(tasks: Uint32Array): void {
    for (const task of tasks)
      assert(this.finished.delete(task), `task ${task} runs again before it has finished`);
  }

  /** Checks that dropped objects are not needed, or are to be made again. */
  checkDrop({ objects }: Extract<Effect, { kind: "drop" }>, isPending: (object: number) => boolean): void {
    const needed = this.needed();
    for (const object of objects)
      assert(!needed.has(object) || isPending(object), `object ${object} is dropped, but needed or kept`);
  }

  /** The server was restarted. It knows which tasks have finished and failed, but not where. */
  restore(finished: ReadonlySet<number>, failed: ReadonlySet<number>): void {
    this.finished.clear();
    for (const task of finished) this.finished.add(task);
    this.failedOn.clear();
    this.failed.clear();
    for (const task of failed) this.failed.add(task);
    this.skipped.clear();
    for (const task of this.tasks.keys()) {
      if (!this.isOver(task) && this.lacksInputs(task)) this.skipped.add(task);
    }
    for (const [object, producer] of this.producer.entries()) if (producer < 0) this.constants.add(object);
  }

  /** Kept objects, and inputs of tasks that are not over. */
  needed(): Set<number> {
    const needed = new Set(this.kept);
    for (const [task, { inputs }] of this.tasks.entries()) {
      if (!this.isOver(task)) for (const object of inputs) needed.add(object);
    }
    return needed;
  }

  /** Whether the object has been made once. True for constants. */
  exists(object: number): boolean {
    const producer = this.producer[object]!;
    return producer < 0 || this.done.has(producer);
  }

  /** Whether the task that makes the object is to run, for the first time or again. */
  isToBeMade(object: number): boolean {
    const producer = this.producer[object]!;
    return producer >= 0 && !this.finished.has(producer);
  }

  /** Whether a task makes the object. False for constants. */
  isMade(object: number): boolean {
    return this.producer[object]! >= 0;
  }

  /** Lets a run of a task fail, unless it is the last one allowed. Returns whether it fails. */
  failOnce(task: number): boolean {
    const failures = (this.failures.get(task) ?? 0) + 1;
    if (failures > this.tasks[task]!.retries) return false;
    this.failures.set(task, failures);
    return true;
  }

  /** The right content of an object. */
  contentOf(object: number): Content {
    const known = this.contents.get(object);
    if (known !== undefined) return known;
    const task = this.producer[object]!;
    const content =
      task < 0
        ? mixed(this.id, [object])
        : this.outputOf(
            task,
            object,
            this.tasks[task]!.inputs.map((input) => this.contentOf(input)),
          );
    this.contents.set(object, content);
    return content;
  }

  /** The content of a task's output, made from these inputs. */
  outputOf(task: number, object: number, inputs: readonly Content[]): Content {
    return mixed(this.id, [task, object, ...inputs]);
  }

  private create(producer: number): number {
    return this.producer.push(producer) - 1;
  }
}

function predecessorsIn({ order = new Uint32Array() }: GraphChunk, task: number): number[] {
  const predecessors: number[] = [];
  for (let i = 0; i < order.length; i += 2) if (order[i] === task) predecessors.push(order[i + 1]!);
  return predecessors;
}
