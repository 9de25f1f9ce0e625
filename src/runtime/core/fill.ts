import { assign } from "./assign.ts";
import { appetiteOf, isBlocked } from "./load.ts";
import { dequeueFirst, dequeueLast } from "./ready-queue.ts";
import { isOverfull } from "./retract.ts";
import {
  type Appetite,
  type CoreState,
  DRY,
  HUNGRY,
  IDLE,
  type Profile,
  type ReadyQueue,
  SATED,
  type Worker,
} from "./state.ts";

/** Tasks are taken from another worker's queue when that worker has more work than this, per cpu. */
const STEAL_SECONDS = 0.005;
/** So many queues are compared to find the longest one to steal from. */
const MOST_COMPARED = 4;

/**
 * Gives ready tasks to the workers that want some, the hungriest first, until the tasks or the appetite are
 * gone. Afterwards a worker whose own queue is not empty is sated, and so is every worker that fits a task of
 * a shared queue.
 */
export function fillWorkers(state: CoreState): void {
  for (const worker of state.touched) relist(state, worker);
  for (const appetite of [IDLE, DRY, HUNGRY] as const) {
    for (const worker of state.touched) feedFromOwn(state, worker, appetite);
    for (const profile of state.profiles) feedFromShared(state, profile, appetite);
    if (appetite === HUNGRY) continue;
    for (const profile of state.profiles) feedFromOthers(state, profile, appetite);
  }
  for (const worker of state.touched) worker.touched = false;
  state.touched.length = 0;
}

/** Lists the worker by its appetite. To be called whenever its load has changed. */
function relist(state: CoreState, worker: Worker): void {
  state.work++;
  const { wantingLink, overfullLink } = worker;
  const gone = state.workers[worker.slot] !== worker;
  worker.appetite = gone ? SATED : appetiteOf(worker);
  const wanting = worker.appetite === SATED ? undefined : worker.profile.wanting[worker.appetite];
  if (wantingLink.rotation !== wanting) {
    wantingLink.rotation?.remove(wantingLink);
    wanting?.add(wantingLink);
  }
  const overfull = !gone && isOverfull(worker);
  if (overfull && overfullLink.rotation === undefined) state.overfull.add(overfullLink);
  else if (!overfull && overfullLink.rotation !== undefined) state.overfull.remove(overfullLink);
}

function feedFromOwn(state: CoreState, worker: Worker, appetite: Appetite): void {
  if (worker.own.tasks === 0) return;
  while (worker.own.tasks > 0 && appetiteOf(worker) <= appetite) assignNext(state, worker);
  relist(state, worker);
}

/**
 * In rounds, each with half of what is there, so that a few tasks spread evenly and many are given out in few
 * rounds.
 */
function feedFromShared(state: CoreState, profile: Profile, appetite: Exclude<Appetite, typeof SATED>): void {
  const wanting = profile.wanting[appetite];
  while (profile.shared.tasks > 0 && wanting.size > 0) {
    const portion = Math.max(1, Math.floor(profile.shared.tasks / (2 * wanting.size)));
    for (let turns = wanting.size; turns > 0 && profile.shared.tasks > 0; turns--) {
      const worker = wanting.first!.value;
      wanting.rotate();
      for (let i = 0; i < portion && profile.shared.tasks > 0 && appetiteOf(worker) <= appetite; i++) {
        assignNext(state, worker);
      }
      relist(state, worker);
    }
  }
}

/** Lets workers without tasks take up to half of the own queue of another one, from its end. */
function feedFromOthers(state: CoreState, profile: Profile, appetite: typeof IDLE | typeof DRY): void {
  const wanting = profile.wanting[appetite];
  while (wanting.size > 0) {
    const queue = longestWorthwhile(state, profile);
    if (queue === undefined) return;
    const worker = wanting.first!.value;
    wanting.rotate();
    const share = Math.ceil(queue.tasks.length / 2);
    for (let i = 0; i < share && appetiteOf(worker) <= appetite; i++) {
      state.work++;
      assign(state, worker, queue.class, dequeueLast(queue));
    }
    relist(state, worker);
  }
}

/** Of the next few own queues, the longest whose worker will not soon come to it by itself. */
function longestWorthwhile(state: CoreState, profile: Profile): ReadyQueue | undefined {
  let longest: ReadyQueue | undefined;
  for (let i = Math.min(MOST_COMPARED, profile.stealable.size); i > 0; i--) {
    state.work++;
    const queue = profile.stealable.first!.value;
    profile.stealable.rotate();
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

/** Assigns the task whose turn it is. There must be one in an own or a shared queue. */
function assignNext(state: CoreState, worker: Worker): void {
  state.work++;
  const queue = nextQueue(worker);
  assign(state, worker, queue.class, dequeueFirst(queue));
}

/**
 * Queues take turns, so that sessions do. Within a session the tasks that have their inputs here come first:
 * they also free objects.
 */
function nextQueue(worker: Worker): ReadyQueue {
  const { own } = worker;
  const { shared } = worker.profile;
  const near = own.first?.value;
  const far = shared.first?.value;
  if (near === undefined || far === undefined) {
    (near === undefined ? shared : own).rotate();
    return (near ?? far)!;
  }
  if (near.class.session === far.class.session) {
    own.rotate();
    shared.rotate();
    return near;
  }
  worker.sharedTurns += shared.size / (own.size + shared.size);
  const sharesTurn = worker.sharedTurns >= 1;
  if (sharesTurn) worker.sharedTurns--;
  (sharesTurn ? shared : own).rotate();
  return sharesTurn ? far : near;
}
