import { append, createEntry, freeEntry, type HeldList, unlink } from "../data/assignments.ts";
import { NONE } from "../data/column.ts";
import { type Graph, kindOf } from "../data/graph.ts";
import { fits } from "../data/requirements.ts";
import {
  type Appetite,
  type CoreState,
  DRY,
  HUNGRY,
  IDLE,
  SATED,
  type Session,
  type Stall,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "../data/task-state.ts";
import type { WorkerCapacity } from "../events.ts";
import { touch } from "../queues/dirty.ts";
import { freeOf, hasRoom, stallOf, use } from "../queues/resource-queues.ts";
import { transition } from "./transitions.ts";

/** A worker holds at most this many tasks. */
const MOST_HELD = 4096;
/** Work that a worker holds ahead, per cpu: it lasts while reports and new tasks are on their way. */
const AHEAD_SECONDS = 0.05;
/** With less than this ahead, per cpu, a worker is about to run dry. */
const DRY_SECONDS = 0.01;
/** So many tasks of a market wait on a worker for the resources that they need. */
export const MOST_AHEAD = 2;

/**
 * A worker is filled up to as many tasks as occupy its cpus plus a few ahead; with more when they are
 * estimated to be short, but only as far as it has cpus for them: what stands behind long tasks is better
 * kept here. Of tasks that need a resource of which nothing is left, it is given but a few.
 */
export function appetiteOf(worker: Worker, { market, ahead }: Stall): Appetite {
  if (ahead >= MOST_AHEAD) return SATED;
  const byCpus = appetiteForCpus(worker);
  if (byCpus === SATED || !market.hasResources) return byCpus;
  const isShort = ahead > 0 || market.resources.some((resource) => freeOf(worker, resource) <= 0);
  return isShort ? HUNGRY : byCpus;
}

function appetiteForCpus(worker: Worker): Appetite {
  const { cpus, cpusHeld, backlog } = worker;
  if (worker.held >= MOST_HELD) return SATED;
  if (cpusHeld < cpus) return IDLE;
  const free = cpus - worker.cpusStarted;
  if (cpusHeld <= cpus || backlog < DRY_SECONDS * free) return DRY;
  if (cpusHeld < cpus + Math.max(2, cpus) || backlog < AHEAD_SECONDS * free) return HUNGRY;
  return SATED;
}

/**
 * A task of so many cpus cannot start before one that has run for a while already ends, and nothing says
 * when.
 */
export function isBlocked(worker: Worker, cpus: number): boolean {
  return worker.cpusStarted + cpus > worker.cpus;
}

/** Whether the task was given to its worker before all its inputs exist, and they still do not. */
export const isEarly = ({ taskState, remaining }: Graph, task: number) =>
  taskState[task] === ASSIGNED && remaining[task] > 0;

/** ready, waiting → assigned. */
export function hold(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  transition(state, session, task, ASSIGNED);
  const entry = createEntry(state.held, session.id, task, taskClass.seconds * taskClass.cpus);
  session.graph.heldEntry[task] = entry;
  session.graph.worker[task] = worker.slot;
  if (taskClass.hasNeeds && !hasRoom(worker, taskClass)) {
    append(state.held, worker.ahead, entry);
    state.held.ahead[entry] = 1;
    stallOf(worker, taskClass).ahead++;
  } else {
    append(state.held, worker.unstarted, entry);
    engage(state, worker, taskClass, entry);
  }
}

/** assigned, retracting → running. */
export function start(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { graph } = taskClass.session;
  const entry = graph.heldEntry[task];
  leaveList(state, worker, graph.taskState[task], entry);
  if (state.held.ahead[entry] === 1) {
    // The worker had room for it after all.
    leaveAhead(state, worker, taskClass, entry);
    engage(state, worker, taskClass, entry);
  }
  transition(state, taskClass.session, task, RUNNING);
  append(state.held, worker.others, entry);
  worker.backlog -= state.held.cost[entry];
  worker.cpusStarted += taskClass.cpus;
  touch(state, worker);
}

/** assigned → retracting. */
export function askBack(state: CoreState, worker: Worker, session: Session, task: number): void {
  const entry = session.graph.heldEntry[task];
  leaveList(state, worker, ASSIGNED, entry);
  transition(state, session, task, RETRACTING);
  append(state.held, worker.others, entry);
  worker.retracting++;
  state.retracting++;
}

/** assigned, retracting, running → a state in which no worker has it. */
export function letGo(
  state: CoreState,
  worker: Worker,
  taskClass: TaskClass,
  task: number,
  to: number,
): void {
  const { graph } = taskClass.session;
  const from = graph.taskState[task];
  const entry = graph.heldEntry[task];
  transition(state, taskClass.session, task, to);
  leaveList(state, worker, from, entry);
  if (state.held.ahead[entry] === 1) {
    leaveAhead(state, worker, taskClass, entry);
  } else {
    worker.cpusHeld -= taskClass.cpus;
    if (from === RUNNING) worker.cpusStarted -= taskClass.cpus;
    else worker.backlog -= state.held.cost[entry];
    if (taskClass.hasNeeds) use(worker, taskClass, -1);
  }
  freeEntry(state.held, entry);
  if (worker.held === 0) {
    // What is left are rounding errors.
    worker.cpusHeld = 0;
    worker.cpusStarted = 0;
    worker.backlog = 0;
    worker.used.clear();
  } else if (worker.ahead.length > 0) {
    promote(state, worker);
  }
  touch(state, worker);
}

/** From now on the task counts as one that the worker can start. */
function engage(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  worker.cpusHeld += taskClass.cpus;
  worker.backlog += state.held.cost[entry];
  if (taskClass.hasNeeds) use(worker, taskClass, 1);
}

function leaveAhead(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  state.held.ahead[entry] = 0;
  stallOf(worker, taskClass).ahead--;
}

/** Resources have become free: engages those that were waiting for them. */
function promote(state: CoreState, worker: Worker): void {
  forEach(state, worker.ahead, (taskClass, entry) => {
    if (hasRoom(worker, taskClass)) promoteEntry(state, worker, taskClass, entry);
  });
}

function promoteEntry(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  unlink(state.held, worker.ahead, entry);
  append(state.held, worker.unstarted, entry);
  leaveAhead(state, worker, taskClass, entry);
  engage(state, worker, taskClass, entry);
}

/**
 * The worker will not fit these classes any more, so that they have no market there to wait in: their tasks count as
 * ones that it can start, as it may well do.
 */
export function engageMisfits(state: CoreState, worker: Worker, capacity: WorkerCapacity): void {
  forEach(state, worker.ahead, (taskClass, entry) => {
    if (!fits(taskClass.demand, capacity)) promoteEntry(state, worker, taskClass, entry);
  });
  // Those that were asked back.
  forEach(state, worker.others, (taskClass, entry) => {
    if (state.held.ahead[entry] === 0 || fits(taskClass.demand, capacity)) return;
    leaveAhead(state, worker, taskClass, entry);
    engage(state, worker, taskClass, entry);
  });
}

/** The stalls of the worker are new: counts the tasks that wait for resources. */
export function countAhead(state: CoreState, worker: Worker): void {
  for (const list of [worker.ahead, worker.others]) {
    forEach(state, list, (taskClass, entry) => {
      if (state.held.ahead[entry] === 1) stallOf(worker, taskClass).ahead++;
    });
  }
}

/** `visit` may take the entry out of the list. */
function forEach(
  { held, sessions }: CoreState,
  list: HeldList,
  visit: (taskClass: TaskClass, entry: number) => void,
): void {
  let entry = list.first;
  while (entry !== NONE) {
    const next = held.next[entry];
    const session = sessions.get(held.session[entry])!;
    visit(session.classes[kindOf(session.graph, held.task[entry]).class], entry);
    entry = next;
  }
}

/** Takes the entry of a task that is in state `from` out of its list. */
function leaveList(state: CoreState, worker: Worker, from: number, entry: number): void {
  if (from !== ASSIGNED) unlink(state.held, worker.others, entry);
  else unlink(state.held, state.held.ahead[entry] === 1 ? worker.ahead : worker.unstarted, entry);
  if (from === RETRACTING) {
    worker.retracting--;
    state.retracting--;
  }
}
