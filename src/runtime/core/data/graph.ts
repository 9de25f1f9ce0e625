import { grown, NONE } from "../../collections/columns.ts";
import type { FullRetryRule } from "../../model/retry-rule.ts";
import { ASSIGNED, STATE_COUNT } from "../../model/task-states.ts";

/**
 * Which tasks come after which others without using their outputs. A predecessor that has finished once has come before
 * its successors, even if it runs again later because its outputs were lost. Few tasks have predecessors, so these are not columns.
 */
export interface Order {
  /** Predecessors by task. */
  predecessors: Map<number, number[]>;
  /** Successors by task. */
  successors: Map<number, number[]>;
  /** The tasks with successors that have finished once. */
  done: Set<number>;
}

export const PENDING = 0;
export const PRESENT = 1;
export const RELEASED = 2;
/** Will never be made, because its task has failed or was skipped. */
export const NEVER = 3;

/**
 * The replicas of objects: a linked list per object, the most recent entry first, all in one pool. A replica
 * is present if the object is known to be there. It is expected if the worker was told where to fetch it.
 */
export interface Replicas {
  /** `slot * 2 + 1` if present, `slot * 2` if expected. */
  place: Uint32Array;
  next: Uint32Array;
  /** Head of the list of free entries. */
  free: number;
  /** Number of entries used so far, free ones included. */
  top: number;
}

/** The properties that tasks of one kind share, interned per session. */
export interface Kind {
  /** Index into the session's classes. */
  class: number;
  /** Index into the session's groups. */
  group: number;
  outputs: number;
  retries: Readonly<FullRetryRule>;
}

/**
 * The tasks and objects of one session as packed columns. A column may be longer than its count, and submits
 * append to it. There is one edge per input of a task, in the order of the inputs; an input that a task names
 * twice is two edges. The edges to the consumers of an object form a linked list: it starts at `consumerHead`
 * of the object and continues with `consumerNext` of each edge.
 */
export interface Graph {
  taskCount: number;
  objectCount: number;
  edgeCount: number;
  /** Number of tasks that are not over. */
  unfinished: number;

  // Per task.
  taskState: Uint8Array;
  kind: Uint32Array;
  /**
   * Number of edges from objects that do not exist and of predecessors that have not finished, plus 1 while the task waits
   * for the time of its next run.
   */
  remaining: Uint32Array;
  /** Slot of the worker that has or had the task, or `NONE`. */
  worker: Uint32Array;
  /** The task's entry in `Assignments` while a worker has it. */
  assignment: Uint32Array;
  /** Number of failed runs. */
  failures: Uint8Array;
  /** Number of workers that the task may have crashed, and of times that its inputs could not be fetched. */
  crashes: Uint8Array;
  /**
   * The failed task that caused a task to be skipped. The column is shorter than the others until a task is
   * skipped.
   */
  cause: Uint32Array;
  firstOutput: Uint32Array;
  /** One entry more than there are tasks. */
  inputStart: Uint32Array;

  // Per edge.
  inputs: Uint32Array;
  edgeTask: Uint32Array;
  consumerNext: Uint32Array;

  // Per object.
  objectState: Uint8Array;
  /** 1 while the object is kept. */
  kept: Uint8Array;
  /** Bytes. */
  size: Float64Array;
  /** Number of edges to tasks that are not over. */
  needed: Uint32Array;
  /** The task that makes the object, or `NONE` for a constant. */
  producer: Uint32Array;
  consumerHead: Uint32Array;
  replicaHead: Uint32Array;
  replicas: Replicas;

  order: Order;

  kinds: Kind[];
  kindNumbers: Map<string, number>;
  /** Group names and their numbers, in order of their first appearance. */
  groups: Map<string, number>;
  /** Tasks per group and state, at `group * STATE_COUNT + state`. */
  counts: Uint32Array;
}

export function createGraph(): Graph {
  return {
    taskCount: 0,
    objectCount: 0,
    edgeCount: 0,
    unfinished: 0,
    taskState: new Uint8Array(0),
    kind: new Uint32Array(0),
    remaining: new Uint32Array(0),
    worker: new Uint32Array(0),
    assignment: new Uint32Array(0),
    failures: new Uint8Array(0),
    crashes: new Uint8Array(0),
    cause: new Uint32Array(0),
    firstOutput: new Uint32Array(0),
    inputStart: new Uint32Array(1),
    inputs: new Uint32Array(0),
    edgeTask: new Uint32Array(0),
    consumerNext: new Uint32Array(0),
    objectState: new Uint8Array(0),
    kept: new Uint8Array(0),
    size: new Float64Array(0),
    needed: new Uint32Array(0),
    producer: new Uint32Array(0),
    consumerHead: new Uint32Array(0),
    replicaHead: new Uint32Array(0),
    replicas: createReplicas(),
    order: { predecessors: new Map(), successors: new Map(), done: new Set() },
    kinds: [],
    kindNumbers: new Map(),
    groups: new Map(),
    counts: new Uint32Array(0),
  };
}

/** Makes room for more tasks, objects and edges. New objects have no replicas and no consumers. */
export function reserve(graph: Graph, moreTasks: number, moreObjects: number, moreEdges: number): void {
  const tasks = graph.taskCount + moreTasks;
  graph.taskState = grown(graph.taskState, tasks);
  graph.kind = grown(graph.kind, tasks);
  graph.remaining = grown(graph.remaining, tasks);
  graph.worker = grown(graph.worker, tasks);
  graph.assignment = grown(graph.assignment, tasks);
  graph.failures = grown(graph.failures, tasks);
  graph.crashes = grown(graph.crashes, tasks);
  graph.firstOutput = grown(graph.firstOutput, tasks);
  graph.inputStart = grown(graph.inputStart, tasks + 1);

  const edges = graph.edgeCount + moreEdges;
  graph.inputs = grown(graph.inputs, edges);
  graph.edgeTask = grown(graph.edgeTask, edges);
  graph.consumerNext = grown(graph.consumerNext, edges);

  const objects = graph.objectCount + moreObjects;
  graph.objectState = grown(graph.objectState, objects);
  graph.kept = grown(graph.kept, objects);
  graph.size = grown(graph.size, objects);
  graph.needed = grown(graph.needed, objects);
  graph.producer = grown(graph.producer, objects);
  graph.consumerHead = grown(graph.consumerHead, objects).fill(NONE, graph.objectCount);
  graph.replicaHead = grown(graph.replicaHead, objects).fill(NONE, graph.objectCount);
}

/** Returns the number of a group. A new name gets a new number. */
export function internGroup(graph: Graph, name: string): number {
  let group = graph.groups.get(name);
  if (group === undefined) {
    group = graph.groups.size;
    graph.groups.set(name, group);
    graph.counts = grown(graph.counts, graph.groups.size * STATE_COUNT);
  }
  return group;
}

export function internKind(graph: Graph, kind: Kind): number {
  const { times, delay, backoff, maxDelay } = kind.retries;
  const key = `${kind.class} ${kind.group} ${kind.outputs} ${times} ${delay} ${backoff} ${maxDelay}`;
  let number = graph.kindNumbers.get(key);
  if (number === undefined) {
    number = graph.kinds.length;
    graph.kinds.push(kind);
    graph.kindNumbers.set(key, number);
  }
  return number;
}

export function kindOf(graph: Graph, task: number): Kind {
  return graph.kinds[graph.kind[task]];
}

/** The output objects of a task. */
export function outputsOf(graph: Graph, task: number): number[] {
  const first = graph.firstOutput[task];
  return Array.from({ length: kindOf(graph, task).outputs }, (_, n) => first + n);
}

/** Whether the task was assigned before all its inputs exist, and some still do not. */
export const isEarly = ({ taskState, remaining }: Graph, task: number) =>
  taskState[task] === ASSIGNED && remaining[task] > 0;

/** Whether the object is kept, or an input of a task that is not over. */
export function isNeeded(graph: Graph, object: number): boolean {
  return graph.needed[object] > 0 || graph.kept[object] === 1;
}

export function createReplicas(): Replicas {
  return { place: new Uint32Array(0), next: new Uint32Array(0), free: NONE, top: 0 };
}
