import { READY } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import { unmetRequirements } from "../data/requirements.ts";
import type { CoreState, TaskClass, Worker } from "../data/state.ts";
import { canRun, freeOf } from "../queues/resource-queues.ts";
import { graphWithTask } from "./tasks.ts";

/** The ready tasks of one class that no present worker can run. */
export interface BlockedTasks {
  tasks: number;
  /** Number of one of the tasks. */
  example: number;
  /** One reason per worker, ordered by slot. Empty if there are no workers. */
  reasons: { worker: number; reason: string }[];
}

/** The ready tasks of the session that no present worker can run, and the reason for each worker. */
export function blockedTasks(state: CoreState, session: number): BlockedTasks[] {
  return blockedClasses(state, session).map(({ requirements, shared }) => ({
    tasks: shared.tasks.length,
    example: shared.tasks.first,
    reasons: state.workers.flatMap((worker) => {
      if (worker === undefined) return [];
      const reason = unmetRequirements(requirements, worker.profile.capacity, worker.slot).join(", ");
      return [{ worker: worker.slot, reason }];
    }),
  }));
}

/**
 * The reason why each worker has not been given a ready task, as text for users. Empty if the task is not
 * ready.
 */
export function workerReasons(
  state: CoreState,
  session: number,
  task: number,
): { worker: number; reason: string }[] {
  const graph = graphWithTask(state, session, task);
  if (graph?.taskState[task] !== READY) return [];
  const taskClass = state.sessions.get(session)!.classes[kindOf(graph, task).class];
  const { requirements } = taskClass;
  return state.workers.flatMap((worker) => {
    if (worker === undefined) return [];
    const reasons = unmetRequirements(requirements, worker.profile.capacity, worker.slot);
    if (reasons.length === 0) reasons.push(busyReason(worker, taskClass));
    return [{ worker: worker.slot, reason: reasons.join(", ") }];
  });
}

/** The reason why a worker that fits the task has not been given it. */
export function busyReason(worker: Worker, taskClass: TaskClass): string {
  if (!canRun(worker, taskClass)) return "it failed there, and another worker can run it";
  const lacking = taskClass.requirements.needs.find(
    ({ resource, amount }) => amount > freeOf(worker, resource),
  );
  if (lacking !== undefined) return `its ${lacking.resource} is in use`;
  return `it has ${counted(worker.assigned, "task")} for ${counted(worker.cpus, "cpu")}`;
}

export const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** Number of ready tasks of the session that no present worker can run. */
export function blockedCount(state: CoreState, session: number): number {
  return blockedClasses(state, session).reduce((sum, { shared }) => sum + shared.tasks.length, 0);
}

export function blockedClasses(state: CoreState, session: number): TaskClass[] {
  const classes = state.sessions.get(session)?.classes ?? [];
  return classes.filter(({ requirements, fits, shared }) => {
    if (shared.tasks.length === 0) return false;
    if (requirements.workers === undefined) return fits.size === 0;
    return ![...requirements.workers].some((slot) => {
      const worker = state.workers[slot];
      return worker !== undefined && fits.has(worker.profile);
    });
  });
}
