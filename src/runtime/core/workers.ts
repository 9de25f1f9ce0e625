import { considerProfile, considerWorker, forgetProfile, forgetWorker } from "./classes.ts";
import { NONE } from "./column.ts";
import { CoreError } from "./core-error.ts";
import type { WorkerCapacity } from "./events.ts";
import { type Graph, PRESENT } from "./graph.ts";
import type { HeldList } from "./held-tasks.ts";
import { removeHolder } from "./holders.ts";
import { countAhead, engageMisfits } from "./load.ts";
import { failSession } from "./sessions.ts";
import { type CoreState, Market, type Profile, type Session, Stall, Worker } from "./state.ts";
import { touch } from "./touch.ts";

export function joinWorker(state: CoreState, slot: number, capacity: WorkerCapacity): void {
  if (!Number.isInteger(slot) || slot < 1) throw new CoreError(`a worker cannot have slot ${slot}`);
  if (state.workers[slot] !== undefined) throw new CoreError(`worker ${slot} has joined already`);
  const worker = new Worker(slot, internProfile(state, capacity));
  worker.profile.workers++;
  state.workers[slot] = worker;
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) considerWorker(taskClass, worker);
  }
  touch(state, worker);
}

/**
 * A worker offers other task types from now on: it changes over to the profile of such workers. The tasks that it holds stay
 * its own, even those of a type that it does not offer any more.
 */
export function changeTypes(state: CoreState, slot: number, types: ReadonlySet<string>): void {
  const worker = state.workers[slot];
  if (worker === undefined) return;
  const capacity = { ...worker.profile.capacity, types };
  if (keyOf(capacity) === worker.profile.key) return;
  engageMisfits(state, worker, capacity);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetWorker(taskClass, worker);
  }
  for (const { link } of worker.stalls) link.rotation?.remove(link);
  const former = worker.profile;
  worker.profile = internProfile(state, capacity);
  worker.profile.workers++;
  worker.stalls = worker.profile.markets.map((market) => new Stall(market, worker));
  countAhead(state, worker);
  leaveProfile(state, former);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) considerWorker(taskClass, worker);
  }
  touch(state, worker);
}

/**
 * A worker is gone with all it had. The sessions that cannot go on without it fail: those with tasks on it,
 * and those with an object, needed or kept, that is nowhere else. Lineage, which would run tasks again
 * instead, belongs here.
 */
export function loseWorker(state: CoreState, slot: number): void {
  const worker = state.workers[slot];
  if (worker === undefined) return;
  const broken = new Set<Session>();
  for (const list of [worker.unstarted, worker.others]) addSessions(state, list, broken);
  for (const session of state.sessions.values()) {
    if (session.places.delete(slot) && losesObject(session.graph, slot)) broken.add(session);
  }
  for (const session of broken) failSession(state, session, { kind: "worker", worker: slot });
  removeWorker(state, worker);
}

/** The sessions of the tasks in a list. */
function addSessions(state: CoreState, list: HeldList, sessions: Set<Session>): void {
  for (let entry = list.first; entry !== NONE; entry = state.held.next[entry]) {
    sessions.add(state.sessions.get(state.held.session[entry])!);
  }
}

/**
 * Forgets a holder of all objects. Whether one of them, all of which are needed or kept, has no other place.
 */
function losesObject(graph: Graph, slot: number): boolean {
  let loses = false;
  for (let object = 0; object < graph.objectCount; object++) {
    if (graph.objectState[object] === PRESENT && !removeHolder(graph, object, slot)) loses = true;
  }
  return loses;
}

function removeWorker(state: CoreState, worker: Worker): void {
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetWorker(taskClass, worker);
  }
  state.workers[worker.slot] = undefined;
  touch(state, worker);
  leaveProfile(state, worker.profile);
}

/** A worker of this profile is one no longer; the last one takes the profile along. */
function leaveProfile(state: CoreState, profile: Profile): void {
  if (--profile.workers > 0) return;
  state.profiles.splice(state.profiles.indexOf(profile), 1);
  for (const session of state.sessions.values()) {
    for (const taskClass of session.classes) forgetProfile(taskClass, profile);
  }
}

/** The profile of workers like this one, a new one for the first of its sort. */
function internProfile(state: CoreState, capacity: WorkerCapacity): Profile {
  const key = keyOf(capacity);
  const known = state.profiles.find((profile) => profile.key === key);
  if (known !== undefined) return known;
  const profile: Profile = { key, capacity, workers: 0, markets: [new Market(0, [])] };
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
