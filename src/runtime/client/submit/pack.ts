import { CHUNK_BYTES, CHUNK_TASKS, MAX_INLINE_CONSTANT_BYTES } from "../../protocol/limits.ts";
import type { Constant, Submission } from "../../protocol/messages/index.ts";
import type { DataObject, Owner, Task } from "../graph/values.ts";
import type { Collected } from "./collect.ts";
import { ConfigTable, KindTable, SparseColumn, sparseTexts, specOf, UserColumn } from "./columns.ts";

/**
 * A constant whose bytes are not yet in the submission. `loadConstants` adds them to `constant` or uploads
 * them.
 */
export interface OpenConstant {
  object: DataObject;
  /** Its number in the session. The object may be submitted to another one meanwhile. */
  number: number;
  constant: Constant;
}

export interface PackedChunk {
  chunk: Submission;
  openConstants: OpenConstant[];
  /** Number of the first object after the chunk. */
  nextObject: number;
}

/**
 * A chunk ends when it reaches either limit, so that the whole graph is never in memory or in one message.
 */
export interface ChunkSize {
  tasks: number;
  bytes: number;
}

/** Estimated bytes of a task, an input, and a constant without its content. */
const TASK_BYTES = 16;
const INPUT_BYTES = 4;
const CONSTANT_BYTES = 64;

/** Returns whether a chunk has tasks of plugins. */
export function hasPluginTypes({ kinds }: Submission): boolean {
  return kinds.some(({ type }) => !type.startsWith("builtin/"));
}

/** Removes the numbers that a failed submit assigned. Constants get back those of earlier submits. */
export function unbind(owner: Owner, { tasks, constants, rebound }: Collected, firstObject: number): void {
  const free = (constant: DataObject) => {
    const { number = -1 } = constant.bindingIn(owner) ?? {};
    if (number >= firstObject) constant.unbind(owner, rebound.get(constant));
  };
  constants.forEach(free);
  for (const task of tasks) {
    task.session = task.number = undefined;
    for (const output of task.outputs) output.session = output.number = undefined;
    for (const input of task.inputs) if (input.source) free(input);
  }
}

/**
 * Numbers the objects of a submit and packs everything into columns, one chunk at a time, on demand. Objects
 * are numbered chunk by chunk: first the constants that no earlier chunk uses, then the outputs of the
 * chunk's tasks.
 * @throws USAGE for a config or a `user` value that is not JSON
 */
export function* pack(
  owner: Owner,
  { firstTask, tasks, constants, rebound }: Collected,
  firstObject: number,
  size: ChunkSize = { tasks: CHUNK_TASKS, bytes: CHUNK_BYTES },
): Generator<PackedChunk, void> {
  const graph = { tasks, constants, nextTask: 0, nextConstant: 0 };
  let nextObject = firstObject;
  do {
    const packer = new ChunkPacker(
      owner,
      firstTask + graph.nextTask,
      nextObject,
      { rebound, firstObject },
      size,
    );
    packer.fill(graph);
    const packed = packer.finish();
    nextObject = packed.nextObject;
    yield packed;
  } while (graph.nextTask < tasks.length || graph.nextConstant < constants.length);
}

/** What the chunks of a submit share. */
interface SubmitState extends Pick<Collected, "rebound"> {
  /** Number of the first object of the submit. */
  firstObject: number;
}

class ChunkPacker {
  readonly #owner: Owner;
  readonly #firstTask: number;
  readonly #firstObject: number;
  readonly #size: ChunkSize;
  readonly #submit: SubmitState;
  #nextObject: number;
  /** Bytes that the tables do not count. */
  #bytes = 0;
  #tasks: readonly Task[] = [];
  readonly #constants: Constant[] = [];
  readonly #openConstants: OpenConstant[] = [];
  readonly #constantKeys = new SparseColumn<string>();
  readonly #keep: number[] = [];
  readonly #order: number[] = [];
  readonly #kinds = new KindTable();
  readonly #configs = new ConfigTable();
  readonly #names = new SparseColumn<string>();
  readonly #taskKeys = new SparseColumn<string>();
  readonly #users = new UserColumn();
  #kind = new Uint32Array();
  #config = new Uint32Array();
  #inputStart = new Uint32Array(1);
  /** Number of inputs of all tasks so far. */
  #inputEnd = 0;

  constructor(owner: Owner, firstTask: number, firstObject: number, submit: SubmitState, size: ChunkSize) {
    this.#owner = owner;
    this.#submit = submit;
    this.#firstTask = firstTask;
    this.#firstObject = this.#nextObject = firstObject;
    this.#size = size;
  }

  /**
   * Adds constants, then tasks, from where the previous chunk stopped. A task with many new constants may be
   * in a later chunk than these.
   */
  fill(graph: Pick<Collected, "tasks" | "constants"> & { nextTask: number; nextConstant: number }): void {
    const { tasks, constants, nextTask: from } = graph;
    for (const constant of constants.slice(graph.nextConstant)) {
      if (this.#isFull()) break;
      this.#addConstant(constant);
      graph.nextConstant++;
    }
    const room = Math.min(this.#size.tasks, tasks.length - from);
    this.#kind = new Uint32Array(room);
    this.#config = new Uint32Array(room);
    this.#inputStart = new Uint32Array(room + 1);
    const candidates = tasks.slice(from, from + room);
    let count = 0;
    for (const task of candidates) {
      if (this.#isFull() || !this.#addConstantsOf(task)) break;
      this.#addTask(task, count);
      count++;
    }
    this.#tasks = candidates.slice(0, count);
    graph.nextTask += count;
  }

  finish(): PackedChunk {
    const tasks = this.#tasks;
    const count = tasks.length;
    const inputs = new Uint32Array(this.#inputEnd);
    let end = 0;
    for (const task of tasks) {
      for (const input of task.inputs) inputs[end++] = this.#numberOf(input);
      for (const output of task.outputs) this.#number(output);
    }
    const chunk: Submission = {
      firstTask: this.#firstTask,
      firstObject: this.#firstObject,
      constants: this.#constants,
      kinds: this.#kinds.kinds,
      groups: this.#kinds.groups,
      kind: this.#kind.slice(0, count),
      inputStart: this.#inputStart.slice(0, count + 1),
      inputs,
      config: this.#config.slice(0, count),
      configs: this.#configs.finish(),
      ...(this.#order.length > 0 && { order: Uint32Array.from(this.#order) }),
      keep: Uint32Array.from(this.#keep),
      names: sparseTexts(this.#names),
      taskKeys: sparseTexts(this.#taskKeys),
      constantKeys: sparseTexts(this.#constantKeys),
      users: this.#users.finish(),
    };
    return { chunk, openConstants: this.#openConstants, nextObject: this.#nextObject };
  }

  #isFull(): boolean {
    const { bytes } = this.#size;
    return this.#bytes + this.#configs.bytes + this.#kinds.bytes + this.#users.bytes >= bytes;
  }

  /** Returns whether there was room for all of them. */
  #addConstantsOf({ inputs }: Task): boolean {
    for (const input of inputs) {
      if (this.#isThere(input)) continue;
      if (this.#isFull()) return false;
      this.#addConstant(input);
    }
    return true;
  }

  /** Whether the session has an input: from this submit, or kept from an earlier one. */
  #isThere(input: DataObject): boolean {
    if (!input.source) return true;
    if (input.session === undefined) return false;
    const binding = input.bindingIn(this.#owner);
    return binding !== undefined && (binding.kept || binding.number >= this.#submit.firstObject);
  }

  #numberOf(input: DataObject): number {
    const number = input.session === this.#owner ? input.number : input.bindingIn(this.#owner)?.number;
    return number as number;
  }

  #addConstant(object: DataObject): void {
    if (this.#isThere(object)) return;
    const number = this.#nextObject;
    const earlier = object.session && object.bindingIn(this.#owner);
    // A key names one object of a session: the first one.
    if (!earlier) this.#constantKeys.add(number, object.key);
    const before = object.bind(this.#owner, number);
    if (before) this.#submit.rebound.set(object, before);
    this.#count(object);
    const constant: Constant = { ...specOf(object), size: 0 };
    this.#constants.push(constant);
    const { source } = object;
    this.#bytes += CONSTANT_BYTES;
    if (source?.kind === "bytes" && source.bytes.length <= MAX_INLINE_CONSTANT_BYTES) {
      constant.size = source.bytes.length;
      constant.data = source.bytes;
      this.#bytes += constant.size;
    } else {
      this.#openConstants.push({ object, number, constant });
      if (source?.kind === "file") this.#bytes += MAX_INLINE_CONSTANT_BYTES;
    }
  }

  #addTask(task: Task, row: number): void {
    const { options, inputs } = task;
    const number = this.#firstTask + row;
    this.#kind[row] = this.#kinds.add(task);
    this.#config[row] = this.#configs.add(task);
    this.#inputEnd += inputs.length;
    this.#inputStart[row + 1] = this.#inputEnd;
    this.#names.add(number, options.name);
    this.#taskKeys.add(number, options.key);
    this.#users.add(number, task);
    for (const needed of task.needs) this.#order.push(number, needed.number as number);
    this.#bytes += TASK_BYTES + INPUT_BYTES * (inputs.length + 2 * task.needs.length);
    this.#bytes += (options.name?.length ?? 0) + (options.key?.length ?? 0);
  }

  #number(output: DataObject): void {
    output.session = this.#owner;
    output.number = this.#nextObject;
    this.#count(output);
  }

  #count(object: DataObject): void {
    if (object.kept) this.#keep.push(this.#nextObject);
    this.#nextObject++;
  }
}
