import { NONE, NumberList } from "../../collections/columns.ts";
import { LOCAL, SERVER_SLOT } from "../../model/slots.ts";
import { type Graph, PENDING } from "../data/graph.ts";
import {
  type AssignmentBatch,
  type CoreState,
  markDirty,
  type Session,
  type TaskClass,
  type Worker,
} from "../data/state.ts";
import { addReplica, isPresent, slotOf } from "../objects/replicas.ts";
import { assign } from "./load.ts";

/** Up to this many replicas of an object take turns as its source. */
const MAX_SOURCES = 4;

/**
 * Assigns a ready task, which must not be in a queue any more, or a waiting task early. `flushAssignments`
 * emits the effect.
 */
export function dispatch(state: CoreState, worker: Worker, taskClass: TaskClass, task: number): void {
  const { session } = taskClass;
  assign(state, worker, taskClass, task);
  let batch = worker.latestBatch;
  if (batch === undefined || batch.session !== session) {
    batch = worker.batches.get(session) ?? startBatch(state, worker, session);
    worker.latestBatch = batch;
  }
  batch.tasks.push(task);
  batch.inputCount += session.graph.inputStart[task + 1] - session.graph.inputStart[task];
}

/** Emits one `assign` effect per worker and session of this step. */
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
    worker.latestBatch = undefined;
  }
  state.assigning.length = 0;
}

function startBatch(state: CoreState, worker: Worker, session: Session): AssignmentBatch {
  const batch = state.spareBatches.pop() ?? { session: undefined, tasks: new NumberList(), inputCount: 0 };
  batch.session = session;
  if (worker.batches.size === 0) state.assigning.push(worker);
  worker.batches.set(session, batch);
  markDirty(state, worker);
  return batch;
}

/**
 * Chooses the source of each input of the tasks. From now on the worker is an expected replica of the inputs.
 */
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

/** Returns `LOCAL` if the worker has or expects the object, else a worker that has it, else the server. */
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
