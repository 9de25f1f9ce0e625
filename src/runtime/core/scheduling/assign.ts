import { NONE } from "../../collections/columns.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "../../model/task-states.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import { type AssignmentList, append, createEntry, freeEntry, unlink } from "../data/assignments.ts";
import { kindOf } from "../data/graph.ts";
import { fits } from "../data/requirements.ts";
import {
  type CoreState,
  markDirty,
  type Session,
  sessionOf,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { hasRoom, use, workerQueueOf } from "../queues/resource-queues.ts";
import { transition } from "./transitions.ts";

/** ready, waiting → assigned. The worker is not told: see `assignAndSend`. */
export function assign(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  transition(state, session, task, ASSIGNED);
  const entry = createEntry(state.assignments, session.id, task, taskClass.seconds * taskClass.cpus);
  session.graph.assignment[task] = entry;
  session.graph.worker[task] = worker.slot;
  if (taskClass.hasNeeds && !hasRoom(worker, taskClass)) {
    append(state.assignments, worker.surplus, entry);
    state.assignments.surplus[entry] = 1;
    workerQueueOf(worker, taskClass).surplus++;
  } else {
    append(state.assignments, worker.unstarted, entry);
    takeResources(state, worker, taskClass, entry);
  }
}

/** assigned, retracting → running. */
export function start(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { graph } = taskClass.session;
  const entry = graph.assignment[task];
  removeFromList(state, worker, graph.taskState[task], entry);
  if (state.assignments.surplus[entry] === 1) {
    // The worker had the resources after all.
    endSurplus(state, worker, taskClass, entry);
    takeResources(state, worker, taskClass, entry);
  }
  transition(state, taskClass.session, task, RUNNING);
  append(state.assignments, worker.runningOrRetracting, entry);
  worker.backlog -= state.assignments.cost[entry];
  worker.cpusStarted += taskClass.cpus;
  markDirty(state, worker);
}

/** assigned → retracting. */
export function startRetracting(state: CoreState, worker: Worker, session: Session, task: number): void {
  const entry = session.graph.assignment[task];
  removeFromList(state, worker, ASSIGNED, entry);
  transition(state, session, task, RETRACTING);
  append(state.assignments, worker.runningOrRetracting, entry);
  worker.retracting++;
  state.retracting++;
}

/** assigned, retracting, running → a state in which no worker has it. */
export function unassign(
  state: CoreState,
  worker: Worker,
  taskClass: TaskClass,
  task: number,
  to: number,
): void {
  const { graph } = taskClass.session;
  const from = graph.taskState[task];
  const entry = graph.assignment[task];
  transition(state, taskClass.session, task, to);
  removeFromList(state, worker, from, entry);
  if (state.assignments.surplus[entry] === 1) {
    endSurplus(state, worker, taskClass, entry);
  } else {
    worker.cpusAssigned -= taskClass.cpus;
    if (from === RUNNING) worker.cpusStarted -= taskClass.cpus;
    else worker.backlog -= state.assignments.cost[entry];
    if (taskClass.hasNeeds) use(worker, taskClass, -1);
  }
  freeEntry(state.assignments, entry);
  if (worker.assigned === 0) {
    // Any remaining amounts are rounding errors.
    worker.cpusAssigned = 0;
    worker.cpusStarted = 0;
    worker.backlog = 0;
    worker.used.clear();
  } else if (worker.surplus.length > 0) {
    promote(state, worker);
  }
  markDirty(state, worker);
}

/** Removes the entry of a task in state `from` from its list. */
function removeFromList(state: CoreState, worker: Worker, from: number, entry: number): void {
  if (from !== ASSIGNED) unlink(state.assignments, worker.runningOrRetracting, entry);
  else
    unlink(
      state.assignments,
      state.assignments.surplus[entry] === 1 ? worker.surplus : worker.unstarted,
      entry,
    );
  if (from === RETRACTING) {
    worker.retracting--;
    state.retracting--;
  }
}

/** The task counts as one that the worker can start from now on. */
function takeResources(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  worker.cpusAssigned += taskClass.cpus;
  worker.backlog += state.assignments.cost[entry];
  if (taskClass.hasNeeds) use(worker, taskClass, 1);
}

function endSurplus(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  state.assignments.surplus[entry] = 0;
  workerQueueOf(worker, taskClass).surplus--;
}

/** Resources have become free: gives them to tasks that lacked them. */
function promote(state: CoreState, worker: Worker): void {
  forEachEntry(state, worker.surplus, (taskClass, entry) => {
    if (hasRoom(worker, taskClass)) promoteEntry(state, worker, taskClass, entry);
  });
}

function promoteEntry(state: CoreState, worker: Worker, taskClass: TaskClass, entry: number): void {
  unlink(state.assignments, worker.surplus, entry);
  append(state.assignments, worker.unstarted, entry);
  endSurplus(state, worker, taskClass, entry);
  takeResources(state, worker, taskClass, entry);
}

/**
 * The worker changes to a capacity that does not fit some classes, so it has no worker queue for them. Their
 * surplus tasks count as tasks that it can start, because it may well start them.
 */
export function promoteUnfit(state: CoreState, worker: Worker, capacity: WorkerCapacity): void {
  forEachEntry(state, worker.surplus, (taskClass, entry) => {
    if (!fits(taskClass.requirements, capacity)) promoteEntry(state, worker, taskClass, entry);
  });
  // Retracting tasks too.
  forEachEntry(state, worker.runningOrRetracting, (taskClass, entry) => {
    if (state.assignments.surplus[entry] === 0 || fits(taskClass.requirements, capacity)) return;
    endSurplus(state, worker, taskClass, entry);
    takeResources(state, worker, taskClass, entry);
  });
}

/** Counts the surplus tasks of a worker again, because its worker queues are new. */
export function countSurplus(state: CoreState, worker: Worker): void {
  for (const list of [worker.surplus, worker.runningOrRetracting]) {
    forEachEntry(state, list, (taskClass, entry) => {
      if (state.assignments.surplus[entry] === 1) workerQueueOf(worker, taskClass).surplus++;
    });
  }
}

/** `visit` may remove the entry from the list. */
function forEachEntry(
  state: CoreState,
  list: AssignmentList,
  visit: (taskClass: TaskClass, entry: number) => void,
): void {
  let entry = list.first;
  while (entry !== NONE) {
    const next = state.assignments.next[entry];
    const session = sessionOf(state, entry);
    visit(session.classes[kindOf(session.graph, state.assignments.task[entry]).class], entry);
    entry = next;
  }
}
