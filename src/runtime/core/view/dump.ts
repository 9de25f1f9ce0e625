import { STATE_COUNT, STATE_NAMES } from "../../model/task-states.ts";
import type { CoreState, Session, TaskClass, Worker } from "../data/state.ts";

/** Names of the load levels. */
const LOAD_NAMES = ["idle", "nearly idle", "unsaturated", "saturated"] as const;

/**
 * The state of the scheduler as JSON-able values, for debugging: sessions with their counts and queues,
 * workers with their load. The format may change with every version.
 */
export function dumpState(state: CoreState) {
  return {
    sessions: [...state.sessions.values()].map(dumpSession),
    workers: state.workers.flatMap((worker) => (worker === undefined ? [] : [dumpWorker(worker)])),
    profiles: state.profiles.map(({ capacity, workers, resourceQueues }) => ({
      cpus: capacity.cpus,
      workers,
      resourceQueues: resourceQueues.map(({ resources, shared, stealable, byLoadLevel }) => ({
        resources,
        sharedTasks: shared.tasks,
        tasksWithInputs: stealable.tasks,
        workers: Object.fromEntries(byLoadLevel.map(({ size }, level) => [LOAD_NAMES[level], size])),
      })),
    })),
    overloadedWorkers: state.overloaded.size,
    retracting: state.retracting,
    /** Seconds, on the clock of `step`. */
    now: state.recent.now,
    nextRetry: state.retryDelays.next,
  };
}

function dumpSession({ id, state, sealed, graph, classes, delayed, participants }: Session) {
  const counts: Record<string, number> = {};
  for (const [code, name] of STATE_NAMES.entries()) {
    for (let row = code; row < graph.groups.size * STATE_COUNT; row += STATE_COUNT) {
      counts[name] = (counts[name] ?? 0) + graph.counts[row];
    }
  }
  return {
    id,
    state,
    sealed,
    tasks: counts,
    objects: graph.objectCount,
    delayedTasks: delayed.size,
    participants: [...participants],
    classes: classes.map(dumpClass),
  };
}

function dumpClass({ requirements, seconds, measured, shared, own, eligible, fits }: TaskClass) {
  const { type, cpus, needs, priority } = requirements;
  return {
    type,
    cpus,
    needs,
    priority,
    seconds,
    measured,
    readyShared: shared.tasks.length,
    readyByWorker: Object.fromEntries([...own].map(([slot, { tasks }]) => [slot, tasks.length])),
    eligible: eligible && [...eligible],
    profilesThatFit: fits.size,
  };
}

function dumpWorker(worker: Worker) {
  const {
    slot,
    cpus,
    cpusAssigned,
    cpusStarted,
    backlog,
    unstarted,
    surplus,
    runningOrRetracting,
    retracting,
    used,
  } = worker;
  return {
    slot,
    cpus,
    cpusAssigned,
    cpusStarted,
    backlogSeconds: backlog,
    unstarted: unstarted.length,
    surplus: surplus.length,
    runningOrRetracting: runningOrRetracting.length,
    retracting,
    used: Object.fromEntries(used),
    queues: worker.queues.map(({ resourceQueue, loadLevel, own, surplus: beyond }) => ({
      resources: resourceQueue.resources,
      load: LOAD_NAMES[loadLevel],
      ready: own.tasks,
      surplus: beyond,
    })),
  };
}
