import { NONE } from "../../collections/columns.ts";
import { FAILED } from "../../model/task-states.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import { CoreError } from "../core-error.ts";
import { type Graph, PRESENT } from "../data/graph.ts";
import {
  type CoreState,
  markDirty,
  type Profile,
  ResourceQueue,
  type Session,
  sessionOf,
  Worker,
  WorkerQueue,
} from "../data/state.ts";
import { recompute } from "../objects/lineage.ts";
import { removeReplica } from "../objects/replicas.ts";
import {
  classOf,
  considerProfile,
  considerWorker,
  forgetProfile,
  forgetWorker,
} from "../queues/task-classes.ts";
import { countSurplus, promoteUnfit, unassign } from "../scheduling/assign.ts";
import { countCrash, failTask, requeue } from "./failure.ts";
import { wasStopped } from "./sessions.ts";

export function joinWorker(state: CoreState, slot: number, capacity: WorkerCapacity): void {
  if (!Number.isInteger(slot) || slot < 1) throw new CoreError(`a worker cannot have slot ${slot}`);
  if (state.workers[slot] !== undefined) throw new CoreError(`worker ${slot} has joined already`);
  const worker = new Worker(slot, internProfile(state, capacity));
  worker.profile.workers++;
  state.workers[slot] = worker;
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) considerWorker(state, taskClass, worker);
  }
  markDirty(state, worker);
}

/**
 * The worker offers other task types from now on: moves it to the profile for its new capacity. It keeps the
 * tasks that it has, even those of a type that it no longer offers.
 */
export function changeTypes(state: CoreState, slot: number, types: ReadonlySet<string>): void {
  const worker = state.workers[slot];
  if (worker === undefined) return;
  const capacity = { ...worker.profile.capacity, types };
  if (keyOf(capacity) === worker.profile.key) return;
  promoteUnfit(state, worker, capacity);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetWorker(state, taskClass, worker);
  }
  for (const { node } of worker.queues) node.rotation?.remove(node);
  const former = worker.profile;
  worker.profile = internProfile(state, capacity);
  worker.profile.workers++;
  worker.queues = worker.profile.resourceQueues.map(
    (resourceQueue) => new WorkerQueue(resourceQueue, worker),
  );
  countSurplus(state, worker);
  leaveProfile(state, former);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) considerWorker(state, taskClass, worker);
  }
  markDirty(state, worker);
}

/**
 * A worker is lost with all its objects. Its tasks run elsewhere. So do the tasks whose outputs were only on
 * this worker, if they are needed.
 */
export function loseWorker(state: CoreState, slot: number): void {
  const worker = state.workers[slot];
  if (worker === undefined) return;
  const failed = requeueAll(state, worker);
  removeWorker(state, worker);
  for (const session of state.sessions.values()) {
    if (!session.participants.delete(slot)) continue;
    const lost = removeReplicasAt(session.graph, slot);
    for (const task of failed.get(session) ?? []) {
      if (wasStopped(session)) break;
      failTask(state, session, slot, { kind: "crashes", task, crashes: session.graph.crashes[task] });
    }
    recompute(state, session, lost);
  }
}

/**
 * Unassigns all tasks of a lost worker. Returns the tasks of each session that have failed because too many
 * workers were lost while they were assigned.
 */
function requeueAll(state: CoreState, worker: Worker): Map<Session, number[]> {
  const failed = new Map<Session, number[]>();
  const lost = new Map<Session, number[]>();
  const suspects = new Set(suspectsOf(state, worker));
  // From the last to the first, so that early tasks come before those that make their inputs.
  for (const list of [worker.unstarted, worker.surplus, worker.runningOrRetracting]) {
    for (let entry = list.last; entry !== NONE; entry = list.last) {
      const session = sessionOf(state, entry);
      const task = state.assignments.task[entry];
      const hasFailed = suspects.has(entry) && countCrash(session.graph, task);
      if (hasFailed) {
        unassign(state, worker, classOf(session, task), task, FAILED);
        listOf(failed, session).push(task);
      } else {
        requeue(state, session, worker, task);
        listOf(lost, session).push(task);
      }
    }
  }
  for (const [session, tasks] of lost) {
    const event = { kind: "tasksLost", session: session.id, worker: worker.slot } as const;
    state.effects.push({ ...event, tasks: Uint32Array.from(tasks) });
  }
  return failed;
}

function listOf(lists: Map<Session, number[]>, session: Session): number[] {
  const list = lists.get(session) ?? [];
  lists.set(session, list);
  return list;
}

/**
 * Entries of the tasks that may have crashed the worker: running ones, and as many of the next as it has cpus
 * for.
 */
function suspectsOf(state: CoreState, worker: Worker): number[] {
  const { assignments } = state;
  const suspects: number[] = [];
  let { cpus } = worker;
  for (const list of [worker.runningOrRetracting, worker.unstarted]) {
    for (let entry = list.first; entry !== NONE && cpus > 0; entry = assignments.next[entry]) {
      suspects.push(entry);
      const session = sessionOf(state, entry);
      cpus -= classOf(session, assignments.task[entry]).cpus;
    }
  }
  return suspects;
}

/** Removes all replicas in a slot. Returns their objects. */
function removeReplicasAt(graph: Graph, slot: number): number[] {
  const objects: number[] = [];
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.objectState[object] === PRESENT && removeReplica(graph, object, slot)) objects.push(object);
  }
  return objects;
}

function removeWorker(state: CoreState, worker: Worker): void {
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetWorker(state, taskClass, worker);
  }
  state.workers[worker.slot] = undefined;
  markDirty(state, worker);
  leaveProfile(state, worker.profile);
}

/** A worker leaves its profile. The last one removes the profile. */
function leaveProfile(state: CoreState, profile: Profile): void {
  if (--profile.workers > 0) return;
  state.profiles.splice(state.profiles.indexOf(profile), 1);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetProfile(taskClass, profile);
  }
}

/** Returns the profile for a capacity. Creates it for the first worker with this capacity. */
function internProfile(state: CoreState, capacity: WorkerCapacity): Profile {
  const key = keyOf(capacity);
  const known = state.profiles.find((profile) => profile.key === key);
  if (known !== undefined) return known;
  const profile: Profile = { key, capacity, workers: 0, resourceQueues: [new ResourceQueue(0, [])] };
  state.profiles.push(profile);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) considerProfile(state, taskClass, profile);
  }
  return profile;
}

function keyOf({ cpus, memory, named, labels, types }: WorkerCapacity): string {
  const sorted = (map: object) => Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([cpus, memory, sorted(named), sorted(labels), [...types].sort()]);
}
