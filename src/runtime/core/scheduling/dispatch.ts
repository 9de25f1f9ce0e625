import { NONE, NumberList } from "../../collections/columns.ts";
import { LOCAL, SERVER_SLOT } from "../../model/slots.ts";
import { type Graph, PENDING } from "../data/graph.ts";
import {
  type Batch,
  type CoreState,
  markDirty,
  type Session,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { addReplica, isPresent, slotOf } from "../objects/replicas.ts";
import { assign } from "./load.ts";

/** Replicas that take turns as the source of an object. */
const MAX_SOURCES = 4;

/**
 * Assigns a ready task, which must be in no queue any more, or a waiting one early. `flushAssignments` tells
 * the worker.
 */
export function dispatch(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  assign(state, worker, taskClass, task);
  let batch = worker.lastBatch;
  if (batch === undefined || batch.session !== session) {
    batch = worker.batches.get(session) ?? startBatch(state, worker, session);
    worker.lastBatch = batch;
  }
  batch.tasks.push(task);
  batch.inputCount += session.graph.inputStart[task + 1] - session.graph.inputStart[task];
}

/** One `assign` effect for each worker and session of this step. */
export function flushAssignments(state: CoreState): void {
  for (const worker of state.assigning) {
    for (const [session, batch] of worker.batches) {
      session.participants.add(worker.slot);
      const tasks = batch.tasks.take();
      const sources = findSources(state, worker, session.graph, tasks, batch.inputCount);
      state.effects.push({ kind: "assign", worker: worker.slot, session: session.id, tasks, sources });
      batch.session = undefined;
      batch.inputCount = 0;
      state.spareBatches.push(batch);
    }
    worker.batches.clear();
    worker.lastBatch = undefined;
  }
  state.assigning.length = 0;
}

function startBatch(state: CoreState, worker: Worker, session: Session): Batch {
  const batch = state.spareBatches.pop() ?? { session: undefined, tasks: new NumberList(), inputCount: 0 };
  batch.session = session;
  if (worker.batches.size === 0) state.assigning.push(worker);
  worker.batches.set(session, batch);
  markDirty(state, worker);
  return batch;
}

/** Finds the source of each input of the tasks. The worker is an expected replica of them from then on. */
function findSources(
  state: CoreState,
  worker: Worker,
  graph: Graph,
  tasks: Uint32Array,
  inputCount: number,
): Uint32Array {
  const sources = new Uint32Array(inputCount);
  let at = 0;
  for (const task of tasks) {
    for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
      const object = graph.inputs[edge];
      // An object that does not exist yet will be made on this worker.
      if (graph.objectState[object] === PENDING) {
        sources[at++] = LOCAL;
        continue;
      }
      const source = findSource(state, graph, object, worker.slot);
      if (source !== LOCAL) addReplica(graph, object, worker.slot, false);
      sources[at++] = source;
    }
  }
  return sources;
}

/**
 * `LOCAL` if the worker has or expects the object; else one of the workers that have it; the server as a last
 * resort.
 */
function findSource(state: CoreState, graph: Graph, object: number, slot: number): number {
  const { replicas } = graph;
  let source = SERVER_SLOT;
  let turns = state.sourceTurn % MAX_SOURCES;
  for (let entry = graph.replicaHead[object]; entry !== NONE; entry = replicas.next[entry]) {
    state.work++;
    const replica = slotOf(replicas, entry);
    if (replica === slot) return LOCAL;
    if (replica === SERVER_SLOT || turns < 0 || !isPresent(replicas, entry)) continue;
    source = replica;
    turns--;
  }
  state.sourceTurn++;
  return source;
}
