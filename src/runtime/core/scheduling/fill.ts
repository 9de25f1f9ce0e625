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
import { assignAndSend } from "./batches.ts";
import { assignEarly } from "./early-assignment.ts";
import { isBlocked, loadLevelOf } from "./load.ts";
import { isOverloaded } from "./rebalance.ts";

/** Tasks are stolen from the own queue of a worker that has more work than this, per cpu. */
const STEAL_SECONDS = 0.005;
/** Number of queues that are compared to find the longest one to steal from. */
const MAX_COMPARED = 4;

/**
 * Assigns ready tasks to workers, the least loaded first, until no task is left or no worker needs more.
 * Afterwards, every worker whose own queue in a resource queue is not empty is saturated there, and so is
 * every worker that can run a task of a shared queue.
 */
export function fillWorkers(state: CoreState): void {
  for (const worker of state.dirty) updateLoad(state, worker);
  for (const loadLevel of [IDLE, NEARLY_IDLE, UNSATURATED] as const) {
    for (const worker of state.dirty) fillFromOwn(state, worker, loadLevel);
    for (const { resourceQueues } of state.profiles) {
      for (const resourceQueue of resourceQueues) fillFromShared(state, resourceQueue, loadLevel);
    }
    if (loadLevel === UNSATURATED) continue;
    for (const { resourceQueues } of state.profiles) {
      for (const resourceQueue of resourceQueues) steal(state, resourceQueue, loadLevel);
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

/**
 * Puts the worker into the list of its load level in each resource queue. To be called whenever its load has
 * changed.
 */
function updateLoad(state: CoreState, worker: Worker): void {
  state.work++;
  const isLost = state.workers[worker.slot] !== worker;
  for (const workerQueue of worker.queues) {
    const { node, resourceQueue } = workerQueue;
    workerQueue.loadLevel = isLost ? SATURATED : loadLevelOf(worker, workerQueue);
    const list =
      workerQueue.loadLevel === SATURATED ? undefined : resourceQueue.byLoadLevel[workerQueue.loadLevel];
    if (node.rotation === list) continue;
    node.rotation?.remove(node);
    list?.add(node);
  }
  const { overloadedNode } = worker;
  const overloaded = !isLost && isOverloaded(worker);
  if (overloaded && overloadedNode.rotation === undefined) state.overloaded.add(overloadedNode);
  else if (!overloaded && overloadedNode.rotation !== undefined) state.overloaded.remove(overloadedNode);
}

function fillFromOwn(state: CoreState, worker: Worker, loadLevel: LoadLevel): void {
  for (const workerQueue of worker.queues) {
    if (workerQueue.own.tasks === 0) continue;
    while (workerQueue.own.tasks > 0 && loadLevelOf(worker, workerQueue) <= loadLevel)
      assignNext(state, worker, loadLevel);
    updateLoad(state, worker);
  }
}

/**
 * Assigns in rounds, each with half of the tasks that are left, so that few tasks spread evenly and many
 * tasks need few rounds.
 */
function fillFromShared(
  state: CoreState,
  resourceQueue: ResourceQueue,
  loadLevel: Exclude<LoadLevel, typeof SATURATED>,
): void {
  const workers = resourceQueue.byLoadLevel[loadLevel];
  const { shared } = resourceQueue;
  while (shared.tasks > 0 && workers.size > 0) {
    const portion = Math.max(1, Math.floor(shared.tasks / (2 * workers.size)));
    for (let turns = workers.size; turns > 0 && shared.tasks > 0; turns--) {
      const worker = workers.takeTurn();
      const workerQueue = worker.queues[resourceQueue.index];
      for (let i = 0; i < portion && shared.tasks > 0 && loadLevelOf(worker, workerQueue) <= loadLevel; i++) {
        assignNext(state, worker, loadLevel);
      }
      updateLoad(state, worker);
    }
  }
}

/** Lets workers with little work take up to half of the own queue of another worker, from its end. */
function steal(
  state: CoreState,
  resourceQueue: ResourceQueue,
  loadLevel: typeof IDLE | typeof NEARLY_IDLE,
): void {
  const workers = resourceQueue.byLoadLevel[loadLevel];
  while (workers.size > 0) {
    const queue = longestWorthwhile(state, resourceQueue);
    if (queue === undefined) return;
    const worker = workers.takeTurn();
    const workerQueue = worker.queues[resourceQueue.index];
    const share = Math.ceil(queue.tasks.length / 2);
    for (let i = 0; i < share && loadLevelOf(worker, workerQueue) <= loadLevel; i++) {
      state.work++;
      assignAndSend(state, worker, queue.class, dequeueLast(queue));
    }
    updateLoad(state, worker);
  }
}

/**
 * The longest of the next few own queues of the highest priority whose worker will not start the tasks soon
 * by itself.
 */
function longestWorthwhile(state: CoreState, { stealable }: ResourceQueue): ReadyQueue | undefined {
  const level = stealable.top;
  if (level === undefined) return undefined;
  let longest: ReadyQueue | undefined;
  for (let i = Math.min(MAX_COMPARED, level.size); i > 0; i--) {
    state.work++;
    const queue = level.takeTurn();
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

/**
 * Assigns the task whose turn it is. There must be one in an own or shared queue in which the worker has at
 * most this load level.
 */
function assignNext(state: CoreState, worker: Worker, loadLevel: LoadLevel): void {
  state.work++;
  const queue = nextQueue(worker, loadLevel);
  assignAndSend(state, worker, queue.class, dequeueFirst(queue));
}

/** Chooses the queue with the highest priority, even if its inputs are on another worker. */
function nextQueue(worker: Worker, loadLevel: LoadLevel): ReadyQueue {
  const only = worker.queues[0];
  if (worker.queues.length === 1) {
    const { top } = only.resourceQueue.stealable;
    return top === undefined || top.priority <= localTop(only)!.priority ? nextOf(only) : top.takeTurn();
  }
  const workerQueue = nextWorkerQueue(worker, loadLevel, localTop)!;
  const stealableQueue = nextWorkerQueue(worker, loadLevel, stealableTop);
  if (stealableQueue !== undefined) {
    const level = stealableTop(stealableQueue)!;
    if (level.priority > localTop(workerQueue)!.priority) return level.takeTurn();
  }
  worker.turn = workerQueue.resourceQueue.index + 1;
  return nextOf(workerQueue);
}

/**
 * Returns the resource queue with the highest priority among those in which the worker has at most this load
 * level. Queues of equal priority take turns.
 */
function nextWorkerQueue(
  worker: Worker,
  loadLevel: LoadLevel,
  topOf: (workerQueue: WorkerQueue) => PriorityLevel<ReadyQueue> | undefined,
): WorkerQueue | undefined {
  const { queues } = worker;
  let best: WorkerQueue | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < queues.length; i++) {
    const workerQueue = queues[(worker.turn + i) % queues.length];
    const level = topOf(workerQueue);
    if (level === undefined || level.priority <= highest || loadLevelOf(worker, workerQueue) > loadLevel)
      continue;
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
 * Queues of equal priority take turns, so that sessions do. Within a session, tasks whose inputs are on the
 * worker come first: they also free objects.
 */
function nextOf(workerQueue: WorkerQueue): ReadyQueue {
  const near = workerQueue.own.top;
  const far = workerQueue.resourceQueue.shared.top;
  if (near === undefined || far === undefined || near.priority !== far.priority) {
    return localTop(workerQueue)!.takeTurn();
  }
  if (near.first?.value.class.session === far.first?.value.class.session) {
    far.rotate();
    return near.takeTurn();
  }
  workerQueue.sharedTurns += far.size / (near.size + far.size);
  if (workerQueue.sharedTurns < 1) return near.takeTurn();
  workerQueue.sharedTurns--;
  return far.takeTurn();
}
