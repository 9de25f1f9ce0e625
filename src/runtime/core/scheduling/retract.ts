import { NONE } from "../../collections/columns.ts";
import { type Graph, isEarly, kindOf } from "../data/graph.ts";
import { type CoreState, markDirty, type Session } from "../data/state.ts";
import { startRetracting } from "./assign.ts";

/**
 * Asks workers to give back assigned tasks whose inputs are not available for now. Emits one effect per
 * worker.
 */
export function retract(state: CoreState, session: Session, tasks: ReadonlySet<number>): void {
  const bySlot = new Map<number, number[]>();
  for (const task of tasks) {
    const slot = session.graph.worker[task];
    const worker = state.workers[slot]!;
    startRetracting(state, worker, session, task);
    markDirty(state, worker);
    const list = bySlot.get(slot);
    if (list === undefined) bySlot.set(slot, [task]);
    else list.push(task);
  }
  for (const [worker, list] of bySlot) {
    state.effects.push({ kind: "retract", worker, session: session.id, tasks: Uint32Array.from(list) });
  }
}

/**
 * The task is late, or its worker no longer has it: retracts the early tasks that need its outputs, directly
 * or not.
 */
export function retractEarly(state: CoreState, session: Session, task: number): void {
  const early = new Set<number>();
  addEarlyConsumers(session.graph, task, early);
  for (const consumer of early) addEarlyConsumers(session.graph, consumer, early);
  retract(state, session, early);
}

function addEarlyConsumers(graph: Graph, task: number, early: Set<number>): void {
  const first = graph.firstOutput[task];
  const end = first + kindOf(graph, task).outputs;
  for (let object = first; object < end; object++) {
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      if (isEarly(graph, graph.edgeTask[edge])) early.add(graph.edgeTask[edge]);
    }
  }
}
