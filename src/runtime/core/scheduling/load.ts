import {
  IDLE,
  type LoadLevel,
  NEARLY_IDLE,
  SATURATED,
  UNSATURATED,
  type Worker,
  type WorkerQueue,
} from "../data/state.ts";
import { freeOf } from "../queues/resource-queues.ts";

/** Maximum number of tasks assigned to one worker. */
const MAX_ASSIGNED = 4096;
/**
 * Work assigned to a worker in advance, in seconds per cpu. It covers the time in which reports and new tasks
 * are in transit.
 */
const BUFFER_SECONDS = 0.05;
/** A worker with less work than this, in seconds per cpu, is nearly idle. */
const LOW_BUFFER_SECONDS = 0.01;
/** Maximum number of tasks of a resource queue that wait on one worker for their resources. */
export const MAX_SURPLUS = 2;

/**
 * A worker is given as many tasks as occupy its cpus plus a few more. It is given more if they are estimated
 * to be short, but only as far as cpus are free for them: tasks behind long ones had better wait in the
 * server. If a resource is used up, it is given only a few tasks that need it.
 */
export function loadLevelOf(worker: Worker, { resourceQueue, surplus }: WorkerQueue): LoadLevel {
  if (surplus >= MAX_SURPLUS) return SATURATED;
  const byCpus = loadLevelByCpus(worker);
  if (byCpus === SATURATED || !resourceQueue.hasResources) return byCpus;
  const isShort = surplus > 0 || resourceQueue.resources.some((resource) => freeOf(worker, resource) <= 0);
  return isShort ? UNSATURATED : byCpus;
}

function loadLevelByCpus(worker: Worker): LoadLevel {
  const { cpus, cpusAssigned, backlog } = worker;
  if (worker.assigned >= MAX_ASSIGNED) return SATURATED;
  if (cpusAssigned < cpus) return IDLE;
  const free = cpus - worker.cpusStarted;
  if (cpusAssigned <= cpus || backlog < LOW_BUFFER_SECONDS * free) return NEARLY_IDLE;
  if (cpusAssigned < cpus + Math.max(2, cpus) || backlog < BUFFER_SECONDS * free) return UNSATURATED;
  return SATURATED;
}

/**
 * Whether a task that needs this many cpus has to wait for a task that has been reported as started. Nothing
 * tells when that will end.
 */
export function isBlocked(worker: Worker, cpus: number): boolean {
  return worker.cpusStarted + cpus > worker.cpus;
}
