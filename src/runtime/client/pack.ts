import { MAX_INLINE_CONSTANT_BYTES } from "../protocol/limits.ts";
import type { Constant, Submission } from "../protocol/submission.ts";
import { BoundObject } from "./bindings.ts";
import type { Collected } from "./collect.ts";
import { ConfigTable, KindTable, SparseColumn, sparseTexts, specOf } from "./columns.ts";
import type { Session } from "./session.ts";
import type { DataObject, Task } from "./values.ts";

/** Tasks of one chunk at most: it bounds the size of a single column. */
const CHUNK_TASKS = 100_000;

/** A constant whose bytes are not in its submission yet: `loadConstants` fills `constant` in, or uploads it. */
export interface OpenConstant {
  object: DataObject;
  constant: Constant;
}

export interface Packed {
  chunks: Submission[];
  openConstants: OpenConstant[];
  /** Number for the first object of the next submit. */
  nextObject: number;
}

/** Whether there are tasks of types that Rain does not bring itself. */
export function hasPluginTypes(chunks: readonly Submission[]): boolean {
  return chunks.some(({ kinds }) => kinds.some(({ type }) => !type.startsWith("builtin/")));
}

/** Takes back the numbers that a submit gave, when it fails. */
export function unbind({ tasks, constants }: Collected, firstObject: number): void {
  for (const constant of constants) constant.binding = undefined;
  for (const task of tasks) {
    task.binding = undefined;
    for (const output of task.outputs) output.binding = undefined;
    for (const input of task.inputs) {
      if (!input.producer && input.binding && input.binding.number >= firstObject) input.binding = undefined;
    }
  }
}

/**
 * Gives the objects of a submit their numbers and packs all into columns. Objects are numbered chunk by chunk: first the
 * constants that a chunk is the first to use, then the outputs of its tasks.
 */
export function pack(session: Session, collected: Collected, firstObject: number): Packed {
  const { tasks, constants } = collected;
  const packed: Packed = { chunks: [], openConstants: [], nextObject: firstObject };
  let from = 0;
  do {
    const part = tasks.slice(from, from + CHUNK_TASKS);
    packChunk(session, part, from === 0 ? constants : [], packed);
    from += CHUNK_TASKS;
  } while (from < tasks.length);
  return packed;
}

function packChunk(
  session: Session,
  tasks: readonly Task[],
  named: readonly DataObject[],
  packed: Packed,
): void {
  const firstObject = packed.nextObject;
  const firstTask = tasks[0]?.binding?.number ?? session.taskCount;
  const constants: Constant[] = [];
  const constantKeys = new SparseColumn<string>();
  const keep: number[] = [];

  const bind = (object: DataObject): void => {
    object.binding = new BoundObject(session, packed.nextObject);
    if (object.kept) keep.push(packed.nextObject);
    packed.nextObject++;
  };
  const addConstant = (object: DataObject): void => {
    if (object.binding) return;
    constantKeys.add(packed.nextObject, object.key);
    bind(object);
    constants.push(constantOf(object, packed.openConstants));
  };
  for (const object of named) addConstant(object);
  let inputCount = 0;
  for (const task of tasks) {
    inputCount += task.inputs.length;
    for (const input of task.inputs) if (!input.producer) addConstant(input);
  }
  for (const task of tasks) for (const output of task.outputs) bind(output);

  packed.chunks.push({
    firstTask,
    firstObject,
    constants,
    ...packTasks(tasks, firstTask, inputCount),
    keep: Uint32Array.from(keep),
    constantKeys: sparseTexts(constantKeys),
  });
}

function packTasks(
  tasks: readonly Task[],
  firstTask: number,
  inputCount: number,
): Omit<Submission, "firstTask" | "firstObject" | "constants" | "keep" | "constantKeys"> {
  const kinds = new KindTable();
  const configs = new ConfigTable();
  const names = new SparseColumn<string>();
  const taskKeys = new SparseColumn<string>();
  const users = new SparseColumn<unknown>();
  const kind = new Uint32Array(tasks.length);
  const config = new Uint32Array(tasks.length);
  const inputStart = new Uint32Array(tasks.length + 1);
  const inputs = new Uint32Array(inputCount);
  let end = 0;
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i];
    kind[i] = kinds.add(task);
    config[i] = configs.add(task);
    for (const input of task.inputs) inputs[end++] = input.binding?.number as number;
    inputStart[i + 1] = end;
    names.add(firstTask + i, task.options.name);
    taskKeys.add(firstTask + i, task.options.key);
    users.add(firstTask + i, task.options.user);
  }
  const { of, values: value } = users.finish();
  return {
    kinds: kinds.kinds,
    groups: kinds.groups,
    kind,
    inputStart,
    inputs,
    config,
    configs: configs.finish(),
    names: sparseTexts(names),
    taskKeys: sparseTexts(taskKeys),
    users: { of, value },
  };
}

function constantOf(object: DataObject, openConstants: OpenConstant[]): Constant {
  const constant: Constant = { ...specOf(object), size: 0 };
  const { source } = object;
  if (source?.kind === "bytes" && source.bytes.length <= MAX_INLINE_CONSTANT_BYTES) {
    constant.size = source.bytes.length;
    constant.data = source.bytes;
  } else {
    openConstants.push({ object, constant });
  }
  return constant;
}
