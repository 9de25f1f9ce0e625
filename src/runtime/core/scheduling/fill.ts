import { NONE } from "../../collections/columns.ts";
import type { PriorityLevel } from "../../collections/priority-queue.ts";
import {
  type CoreState,
  IDLE,
  type LoadLevel,
  NEARLY_IDLE,
  type ReadyQueue,
  type ResourceQueue,
  SATURATED,
  UNSATURATED,
  type Worker,
  type WorkerQueue,
} from "../data/state.ts";
import { dequeueFirst, dequeueLast } from "../queues/ready-queue.ts";
import { dispatch } from "./dispatch.ts";
import { assignEarly } from "./early-assignment.ts";
import { isBlocked, loadLevelOf } from "./load.ts";
import { isOverloaded } from "./rebalance.ts";

/** Tasks are stolen from the queue of a worker that has more seconds of work than this, per cpu. */
const STEAL_SECONDS = 0.005;
/** Queues that are compared to find the longest one to steal from. */
const MAX_COMPARED = 4;

/**
 * Gives ready tasks to unsaturated workers, the least loaded first, until there are no such tasks or workers
 * left. Afterwards a worker with ready tasks of its own in a resource queue is saturated there, and so is
 * every worker that fits a task of a shared queue.
 */
export function fillWorkers(state: CoreState): void {
  for (const worker of state.dirty) updateLoad(state, worker);
  for (const load of [IDLE, NEARLY_IDLE, UNSATURATED] as const) {
    for (const worker of state.dirty) fillFromOwn(state, worker, load);
    for (const { resourceQueues } of state.profiles) {
      for (const resourceQueue of resourceQueues) fillFromShared(state, resourceQueue, load);
    }
    if (load === UNSATURATED) continue;
    for (const { resourceQueues } of state.profiles) {
      for (const resourceQueue of resourceQueues) steal(state, resourceQueue, load);
    }
  }
  for (const worker of state.dirty) {
    if (worker.unstarted.fresh === NONE || state.workers[worker.slot] !== worker) continue;
    assignEarly(state, worker);
    updateLoad(state, worker);
  }
  for (const worker of state.dirty) worker.isDirty = false;
  state.dirty.length = 0;
}

/** Lists a worker by its load level in each resource queue. Call it whenever the load has changed. */
function updateLoad(state: CoreState, worker: Worker): void {
  state.work++;
  const gone = state.workers[worker.slot] !== worker;
  for (const workerQueue of worker.queues) {
    const { node, resourceQueue } = workerQueue;
    workerQueue.load = gone ? SATURATED : loadLevelOf(worker, workerQueue);
    const wanting = workerQueue.load === SATURATED ? undefined : resourceQueue.byLoad[workerQueue.load];
    if (node.rotation === wanting) continue;
    node.rotation?.remove(node);
    wanting?.add(node);
  }
  const { overloadedNode } = worker;
  const overloaded = !gone && isOverloaded(worker);
  if (overloaded && overloadedNode.rotation === undefined) state.overloaded.add(overloadedNode);
  else if (!overloaded && overloadedNode.rotation !== undefined) state.overloaded.remove(overloadedNode);
}

function fillFromOwn(state: CoreState, worker: Worker, load: LoadLevel): void {
  for (const workerQueue of worker.queues) {
    if (workerQueue.own.tasks === 0) continue;
    while (workerQueue.own.tasks > 0 && loadLevelOf(worker, workerQueue) <= load)
      assignNext(state, worker, load);
    updateLoad(state, worker);
  }
}

/**
 * Fills workers from the shared queues in rounds. Each round gives away half of the tasks, so that a few
 * tasks spread evenly and many take few rounds.
 */
function fillFromShared(
  state: CoreState,
  resourceQueue: ResourceQueue,
  load: Exclude<LoadLevel, typeof SATURATED>,
): void {
  const wanting = resourceQueue.byLoad[load];
  const { shared } = resourceQueue;
  while (shared.tasks > 0 && wanting.size > 0) {
    const portion = Math.max(1, Math.floor(shared.tasks / (2 * wanting.size)));
    for (let turns = wanting.size; turns > 0 && shared.tasks > 0; turns--) {
      const worker = wanting.first!.value;
      const workerQueue = worker.queues[resourceQueue.index];
      wanting.rotate();
      for (let i = 0; i < portion && shared.tasks > 0 && loadLevelOf(worker, workerQueue) <= load; i++) {
        assignNext(state, worker, load);
      }
      updateLoad(state, worker);
    }
  }
}

/** Lets workers without ready tasks take up to half of the own queue of another worker, from its end. */
function steal(state: CoreState, resourceQueue: ResourceQueue, load: typeof IDLE | typeof NEARLY_IDLE): void {
  const wanting = resourceQueue.byLoad[load];
  while (wanting.size > 0) {
    const queue = longestWorthwhile(state, resourceQueue);
    if (queue === undefined) return;
    const worker = wanting.first!.value;
    const workerQueue = worker.queues[resourceQueue.index];
    wanting.rotate();
    const share = Math.ceil(queue.tasks.length / 2);
    for (let i = 0; i < share && loadLevelOf(worker, workerQueue) <= load; i++) {
      state.work++;
      dispatch(state, worker, queue.class, dequeueLast(queue));
    }
    updateLoad(state, worker);
  }
}

/**
 * Finds, among the next few own queues of the highest priority, the longest one whose worker will not start
 * its tasks soon.
 */
function longestWorthwhile(state: CoreState, { stealable }: ResourceQueue): ReadyQueue | undefined {
  const level = stealable.top;
  if (level === undefined) return undefined;
  let longest: ReadyQueue | undefined;
  for (let i = Math.min(MAX_COMPARED, level.size); i > 0; i--) {
    state.work++;
    const queue = takeTurn(level);
    if (longest !== undefined && queue.tasks.length <= longest.tasks.length) continue;
    if (isWorthwhile(queue)) longest = queue;
  }
  return longest;
}

function isWorthwhile(queue: ReadyQueue): boolean {
  const worker = queue.worker!;
  const seconds = worker.backlog + queue.tasks.length * queue.class.seconds * queue.class.cpus;
  return isBlocked(worker, queue.class.cpus) || seconds > STEAL_SECONDS * worker.cpus;
}

/** Assigns the next task. There must be one for this load level, in an own or a shared queue. */
function assignNext(state: CoreState, worker: Worker, load: LoadLevel): void {
  state.work++;
  const queue = nextQueue(worker, load);
  dispatch(state, worker, queue.class, dequeueFirst(queue));
}

/** The highest priority comes first, even if the inputs are on another worker. */
function nextQueue(worker: Worker, load: LoadLevel): ReadyQueue {
  const only = worker.queues[0];
  if (worker.queues.length === 1) {
    const { top } = only.resourceQueue.stealable;
    return top === undefined || top.priority <= localTop(only)!.priority ? nextOf(only) : takeTurn(top);
  }
  const workerQueue = nextWorkerQueue(worker, load, localTop)!;
  const elsewhere = nextWorkerQueue(worker, load, stealableTop);
  if (elsewhere !== undefined) {
    const level = stealableTop(elsewhere)!;
    if (level.priority > localTop(workerQueue)!.priority) return takeTurn(level);
  }
  worker.turn = workerQueue.resourceQueue.index + 1;
  return nextOf(workerQueue);
}

/**
 * Finds the worker queue with the highest priority among those that are unsaturated. Queues of equal priority
 * take turns.
 */
function nextWorkerQueue(
  worker: Worker,
  load: LoadLevel,
  topOf: (workerQueue: WorkerQueue) => PriorityLevel<ReadyQueue> | undefined,
): WorkerQueue | undefined {
  const { queues } = worker;
  let best: WorkerQueue | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < queues.length; i++) {
    const workerQueue = queues[(worker.turn + i) % queues.length];
    const level = topOf(workerQueue);
    if (level === undefined || level.priority <= highest || loadLevelOf(worker, workerQueue) > load) continue;
    best = workerQueue;
    highest = level.priority;
  }
  return best;
}

function localTop({ own, resourceQueue }: WorkerQueue): PriorityLevel<ReadyQueue> | undefined {
  const near = own.top;
  const far = resourceQueue.shared.top;
  return near === undefined || (far !== undefined && far.priority > near.priority) ? far : near;
}

const stealableTop = ({ resourceQueue }: WorkerQueue): PriorityLevel<ReadyQueue> | undefined =>
  resourceQueue.stealable.top;

/**
 * Queues of the same priority take turns, and so do sessions. Within a session, tasks that have their inputs
 * on this worker come first: they also free objects.
 */
function nextOf(workerQueue: WorkerQueue): ReadyQueue {
  const near = workerQueue.own.top;
  const far = workerQueue.resourceQueue.shared.top;
  if (near === undefined || far === undefined || near.priority !== far.priority) {
    return takeTurn(localTop(workerQueue)!);
  }
  if (near.first!.value.class.session === far.first!.value.class.session) {
    far.rotate();
    return takeTurn(near);
  }
  workerQueue.sharedTurns += far.size / (near.size + far.size);
  if (workerQueue.sharedTurns < 1) return takeTurn(near);
  workerQueue.sharedTurns--;
  return takeTurn(far);
}

function takeTurn(level: PriorityLevel<ReadyQueue>): ReadyQueue {
  const queue = level.first!.value;
  level.rotate();
  return queue;
}
