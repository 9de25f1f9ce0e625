import { NONE } from "../../collections/columns.ts";
import { isOver, READY, WAITING } from "../../model/task-states.ts";
import { type Graph, kindOf, PENDING, PRESENT } from "../data/graph.ts";
import {
  type CoreState,
  markDirty,
  type Session,
  type TaskClass,
  type Worker,
  type WorkerQueue,
} from "../data/state.ts";
import { releaseIfUnneeded } from "../objects/release.ts";
import { addReplica, findReplica, markPresent, slotOf } from "../objects/replicas.ts";
import { enqueue } from "../queues/ready-queue.ts";
import { workerQueueOf } from "../queues/resource-queues.ts";
import { enqueueShared, ownQueue } from "../queues/task-classes.ts";
import { transition } from "./transitions.ts";

/** Cost of fetching an object besides its bytes, expressed in bytes. */
const OBJECT_BYTES = 1024;
/** Only this many replicas of an object count. An object with more is close to every worker anyway. */
const MAX_REPLICAS = 16;
/** An own queue with more work than this, per cpu, is long: other workers should get a share of its tasks. */
const LONG_SECONDS = 0.25;

/**
 * A worker has the object. If it is new, tasks may become ready; if nothing needs it, the worker is told to
 * drop it.
 */
export function objectArrived(state: CoreState, session: Session, slot: number, object: number): void {
  const { graph } = session;
  const isNew = graph.objectState[object] === PENDING;
  graph.objectState[object] = PRESENT;
  if (findReplica(graph, object, slot) === NONE) addReplica(graph, object, slot, true);
  else markPresent(graph, object, slot);
  releaseIfUnneeded(state, session, object);
  if (!isNew) return;
  for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
    const consumer = graph.edgeTask[edge];
    if (isOver(graph.taskState[consumer])) continue;
    if (--graph.remaining[consumer] === 0 && graph.taskState[consumer] === WAITING) {
      makeReady(state, session, consumer);
    }
  }
}

/**
 * All inputs of a waiting task exist: puts it into the own queue of the worker that has most of their bytes,
 * or into the shared queue. Tasks of a class with eligible workers always go into the shared queue.
 */
export function makeReady(state: CoreState, session: Session, task: number): void {
  transition(state, session, task, READY);
  const taskClass = session.classes[kindOf(session.graph, task).class];
  const worker = taskClass.eligible === undefined ? nearestWorker(state, taskClass, task) : undefined;
  if (worker === undefined || isLong(worker, taskClass)) {
    enqueueShared(state, taskClass, task);
  } else {
    enqueue(ownQueue(taskClass, worker), task);
    markDirty(state, worker);
  }
}

function isLong(worker: Worker, taskClass: TaskClass): boolean {
  const queued = workerQueueOf(worker, taskClass).own.tasks * taskClass.cpus;
  return queued > 2 * worker.cpus && queued * taskClass.seconds > LONG_SECONDS * worker.cpus;
}

/** Returns the worker that has or expects most bytes of the inputs, among those that can run the task. */
function nearestWorker(state: CoreState, taskClass: TaskClass, task: number): Worker | undefined {
  const { graph } = taskClass.session;
  const { candidates } = state;
  candidates.length = 0;
  for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
    weigh(state, taskClass, graph, graph.inputs[edge]);
  }
  let nearest: Worker | undefined;
  for (const worker of candidates) {
    if (nearest === undefined || isNearer(taskClass, worker, nearest)) nearest = worker;
  }
  for (const worker of candidates) worker.weight = 0;
  return nearest;
}

/** Adds the size of an input to the weights of the workers that have or expect it. */
function weigh(state: CoreState, taskClass: TaskClass, graph: Graph, object: number): void {
  const { replicas } = graph;
  const weight = graph.size[object] + OBJECT_BYTES;
  let entry = graph.replicaHead[object];
  for (let i = 0; i < MAX_REPLICAS && entry !== NONE; i++, entry = replicas.next[entry]) {
    state.work++;
    const worker = state.workers[slotOf(replicas, entry)];
    if (worker === undefined || !taskClass.fits.has(worker.profile)) continue;
    if (worker.weight === 0) state.candidates.push(worker);
    worker.weight += weight;
  }
}

function isNearer(taskClass: TaskClass, worker: Worker, other: Worker): boolean {
  if (worker.weight !== other.weight) return worker.weight > other.weight;
  const load = ({ assigned }: Worker, { own }: WorkerQueue) => assigned + own.tasks;
  return load(worker, workerQueueOf(worker, taskClass)) < load(other, workerQueueOf(other, taskClass));
}
