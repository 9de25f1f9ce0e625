import { NONE } from "../../collections/columns.ts";
import { LOCAL, SERVER_SLOT } from "../../model/slots.ts";
import { type Graph, PENDING } from "../data/graph.ts";
import type { CoreState, Worker } from "../data/state.ts";
import { addReplica, isPresent, slotOf } from "../objects/replicas.ts";

/** Up to this many replicas of an object take turns as its source. */
const MAX_SOURCES = 4;

/**
 * Chooses the source of each input of the tasks. From now on the worker is an expected replica of the inputs.
 */
export function findSources(
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
