import { NONE } from "../data/column.ts";
import {
  type Appetite,
  type CoreState,
  DRY,
  HUNGRY,
  IDLE,
  type Market,
  type ReadyQueue,
  SATED,
  type Stall,
  type Worker,
} from "../data/state.ts";
import type { Level } from "../queues/priority-queue.ts";
import { dequeueFirst, dequeueLast } from "../queues/ready-queue.ts";
import { assign } from "./dispatch.ts";
import { assignEarly } from "./early-assignment.ts";
import { appetiteOf, isBlocked } from "./load.ts";
import { isOverfull } from "./rebalance.ts";

/** Tasks are taken from another worker's queue when that worker has more work than this, per cpu. */
const STEAL_SECONDS = 0.005;
/** So many queues are compared to find the longest one to steal from. */
const MOST_COMPARED = 4;

/**
 * Gives ready tasks to the workers that want some, the hungriest first, until the tasks or the appetite are
 * gone. Afterwards a worker whose own queue in a market is not empty is sated there, and so is every worker that
 * fits a task of a shared queue.
 */
export function fillWorkers(state: CoreState): void {
  for (const worker of state.touched) relist(state, worker);
  for (const appetite of [IDLE, DRY, HUNGRY] as const) {
    for (const worker of state.touched) feedFromOwn(state, worker, appetite);
    for (const { markets } of state.profiles) {
      for (const market of markets) feedFromShared(state, market, appetite);
    }
    if (appetite === HUNGRY) continue;
    for (const { markets } of state.profiles) {
      for (const market of markets) feedFromOthers(state, market, appetite);
    }
  }
  for (const worker of state.touched) {
    if (worker.unstarted.fresh === NONE || state.workers[worker.slot] !== worker) continue;
    assignEarly(state, worker);
    relist(state, worker);
  }
  for (const worker of state.touched) worker.touched = false;
  state.touched.length = 0;
}

/** Lists the worker by its appetite in each market. To be called whenever its load has changed. */
function relist(state: CoreState, worker: Worker): void {
  state.work++;
  const gone = state.workers[worker.slot] !== worker;
  for (const stall of worker.stalls) {
    const { link, market } = stall;
    stall.appetite = gone ? SATED : appetiteOf(worker, stall);
    const wanting = stall.appetite === SATED ? undefined : market.wanting[stall.appetite];
    if (link.rotation === wanting) continue;
    link.rotation?.remove(link);
    wanting?.add(link);
  }
  const { overfullLink } = worker;
  const overfull = !gone && isOverfull(worker);
  if (overfull && overfullLink.rotation === undefined) state.overfull.add(overfullLink);
  else if (!overfull && overfullLink.rotation !== undefined) state.overfull.remove(overfullLink);
}

function feedFromOwn(state: CoreState, worker: Worker, appetite: Appetite): void {
  for (const stall of worker.stalls) {
    if (stall.own.tasks === 0) continue;
    while (stall.own.tasks > 0 && appetiteOf(worker, stall) <= appetite) assignNext(state, worker, appetite);
    relist(state, worker);
  }
}

/**
 * In rounds, each with half of what is there, so that a few tasks spread evenly and many are given out in few
 * rounds.
 */
function feedFromShared(state: CoreState, market: Market, appetite: Exclude<Appetite, typeof SATED>): void {
  const wanting = market.wanting[appetite];
  const { shared } = market;
  while (shared.tasks > 0 && wanting.size > 0) {
    const portion = Math.max(1, Math.floor(shared.tasks / (2 * wanting.size)));
    for (let turns = wanting.size; turns > 0 && shared.tasks > 0; turns--) {
      const worker = wanting.first!.value;
      const stall = worker.stalls[market.index];
      wanting.rotate();
      for (let i = 0; i < portion && shared.tasks > 0 && appetiteOf(worker, stall) <= appetite; i++) {
        assignNext(state, worker, appetite);
      }
      relist(state, worker);
    }
  }
}

/** Lets workers without tasks take up to half of the own queue of another one, from its end. */
function feedFromOthers(state: CoreState, market: Market, appetite: typeof IDLE | typeof DRY): void {
  const wanting = market.wanting[appetite];
  while (wanting.size > 0) {
    const queue = longestWorthwhile(state, market);
    if (queue === undefined) return;
    const worker = wanting.first!.value;
    const stall = worker.stalls[market.index];
    wanting.rotate();
    const share = Math.ceil(queue.tasks.length / 2);
    for (let i = 0; i < share && appetiteOf(worker, stall) <= appetite; i++) {
      state.work++;
      assign(state, worker, queue.class, dequeueLast(queue));
    }
    relist(state, worker);
  }
}

/** Of the next few own queues of the highest priority, the longest whose worker will not soon come to it by itself. */
function longestWorthwhile(state: CoreState, { stealable }: Market): ReadyQueue | undefined {
  const level = stealable.top;
  if (level === undefined) return undefined;
  let longest: ReadyQueue | undefined;
  for (let i = Math.min(MOST_COMPARED, level.size); i > 0; i--) {
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

/** Assigns the task whose turn it is. There must be one that the worker wants at this appetite, in an own or a shared queue. */
function assignNext(state: CoreState, worker: Worker, appetite: Appetite): void {
  state.work++;
  const queue = nextQueue(worker, appetite);
  assign(state, worker, queue.class, dequeueFirst(queue));
}

/** The highest priority comes first, even if its inputs are on another worker. */
function nextQueue(worker: Worker, appetite: Appetite): ReadyQueue {
  const only = worker.stalls[0];
  if (worker.stalls.length === 1) {
    const { top } = only.market.stealable;
    return top === undefined || top.priority <= localTop(only)!.priority ? nextOf(only) : takeTurn(top);
  }
  const stall = nextStall(worker, appetite, localTop)!;
  const elsewhere = nextStall(worker, appetite, stealableTop);
  if (elsewhere !== undefined) {
    const level = stealableTop(elsewhere)!;
    if (level.priority > localTop(stall)!.priority) return takeTurn(level);
  }
  worker.turn = stall.market.index + 1;
  return nextOf(stall);
}

/** Of the markets where the worker wants tasks, the one with the highest priority; equal ones take turns. */
function nextStall(
  worker: Worker,
  appetite: Appetite,
  topOf: (stall: Stall) => Level | undefined,
): Stall | undefined {
  const { stalls } = worker;
  let best: Stall | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < stalls.length; i++) {
    const stall = stalls[(worker.turn + i) % stalls.length];
    const level = topOf(stall);
    if (level === undefined || level.priority <= highest || appetiteOf(worker, stall) > appetite) continue;
    best = stall;
    highest = level.priority;
  }
  return best;
}

function localTop({ own, market }: Stall): Level | undefined {
  const near = own.top;
  const far = market.shared.top;
  return near === undefined || (far !== undefined && far.priority > near.priority) ? far : near;
}

const stealableTop = ({ market }: Stall): Level | undefined => market.stealable.top;

/**
 * Queues of the same priority take turns, so that sessions do. Within a session the tasks that have their inputs
 * here come first: they also free objects.
 */
function nextOf(stall: Stall): ReadyQueue {
  const near = stall.own.top;
  const far = stall.market.shared.top;
  if (near === undefined || far === undefined || near.priority !== far.priority) {
    return takeTurn(localTop(stall)!);
  }
  if (near.first!.value.class.session === far.first!.value.class.session) {
    far.rotate();
    return takeTurn(near);
  }
  stall.sharedTurns += far.size / (near.size + far.size);
  if (stall.sharedTurns < 1) return takeTurn(near);
  stall.sharedTurns--;
  return takeTurn(far);
}

function takeTurn(level: Level): ReadyQueue {
  const queue = level.first!.value;
  level.rotate();
  return queue;
}
