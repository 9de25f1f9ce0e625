import { append, createEntry, freeEntry, unlink } from "./held-tasks.ts";
import {
  type Appetite,
  type CoreState,
  DRY,
  HUNGRY,
  IDLE,
  SATED,
  type Session,
  type TaskClass,
  type Worker,
} from "./state.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "./task-state.ts";
import { transition } from "./transitions.ts";

/** A worker holds at most this many tasks. */
const MOST_HELD = 4096;
/** Work that a worker holds ahead, per cpu: it lasts while reports and new tasks are on their way. */
const AHEAD_SECONDS = 0.05;
/** With less than this ahead, per cpu, a worker is about to run dry. */
const DRY_SECONDS = 0.01;

/** The worker's load or own queue changes: it is looked at before the step ends. */
export function touch(state: CoreState, worker: Worker): void {
  if (worker.touched) return;
  worker.touched = true;
  state.touched.push(worker);
}

/**
 * A worker is filled up to as many tasks as occupy its cpus plus a few ahead; with more when they are
 * estimated to be short, but only as far as it has cpus for them: what stands behind long tasks is better
 * kept here.
 */
export function appetiteOf(worker: Worker): Appetite {
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

/** ready → assigned. */
export function hold(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  transition(state, session, task, ASSIGNED);
  const cost = taskClass.seconds * taskClass.cpus;
  const entry = createEntry(state.held, session.id, task, cost);
  append(state.held, worker.unstarted, entry);
  session.graph.heldEntry[task] = entry;
  session.graph.worker[task] = worker.slot;
  worker.cpusHeld += taskClass.cpus;
  worker.backlog += cost;
}

/** assigned, retracting → running. */
export function start(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { graph } = taskClass.session;
  const entry = graph.heldEntry[task];
  leaveList(state, worker, graph.taskState[task], entry);
  transition(state, taskClass.session, task, RUNNING);
  append(state.held, worker.others, entry);
  worker.cpusStarted += taskClass.cpus;
  touch(state, worker);
}

/** assigned → retracting. */
export function askBack(state: CoreState, worker: Worker, session: Session, task: number): void {
  const entry = session.graph.heldEntry[task];
  transition(state, session, task, RETRACTING);
  unlink(state.held, worker.unstarted, entry);
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
  freeEntry(state.held, entry);
  worker.cpusHeld -= taskClass.cpus;
  if (from === RUNNING) worker.cpusStarted -= taskClass.cpus;
  if (worker.held === 0) {
    // What is left are rounding errors.
    worker.cpusHeld = 0;
    worker.cpusStarted = 0;
    worker.backlog = 0;
  }
  touch(state, worker);
}

/**
 * Takes the entry of a task that is in state `from` out of its list and, unless it runs, out of the backlog.
 */
function leaveList(state: CoreState, worker: Worker, from: number, entry: number): void {
  unlink(state.held, from === ASSIGNED ? worker.unstarted : worker.others, entry);
  if (from !== RUNNING) worker.backlog -= state.held.cost[entry];
  if (from === RETRACTING) {
    worker.retracting--;
    state.retracting--;
  }
}
