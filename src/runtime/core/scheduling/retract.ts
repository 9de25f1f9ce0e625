import type { CoreState, Session } from "../data/state.ts";
import { markDirty } from "../queues/dirty.ts";
import { startRetracting } from "./load.ts";

/** Asks workers for assigned tasks back whose inputs are not to be had for now: one effect for each worker. */
export function retract(state: CoreState, session: Session, tasks: ReadonlySet<number>): void {
  const asked = new Map<number, number[]>();
  for (const task of tasks) {
    const slot = session.graph.worker[task];
    const worker = state.workers[slot]!;
    startRetracting(state, worker, session, task);
    markDirty(state, worker);
    const list = asked.get(slot);
    if (list === undefined) asked.set(slot, [task]);
    else list.push(task);
  }
  for (const [worker, list] of asked) {
    state.effects.push({ kind: "retract", worker, session: session.id, tasks: Uint32Array.from(list) });
  }
}
