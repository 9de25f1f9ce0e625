import { isAssigned } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import type { Session } from "../data/state.ts";

/*
 * A worker may be told to drop an object while it has the task that makes it, which runs again for another
 * output or for a lost copy. The core cannot tell whether the worker will drop the old object or the new one.
 * So the new one does not count.
 */

/** To be called when a worker is told to drop an object. */
export function noteDrop({ graph, racingDrops }: Session, slot: number, object: number): void {
  const task = graph.producer[object];
  if (isAssigned(graph.taskState[task]) && graph.worker[task] === slot) racingDrops.add(keyOf(slot, object));
}

/**
 * To be called when a worker no longer has a task. Returns the outputs that it may have dropped after it made
 * them.
 */
export function takeRacingDrops({ graph, racingDrops }: Session, slot: number, task: number): number[] {
  const racing: number[] = [];
  if (racingDrops.size === 0) return racing;
  const first = graph.firstOutput[task];
  for (let object = first; object < first + kindOf(graph, task).outputs; object++) {
    if (racingDrops.delete(keyOf(slot, object))) racing.push(object);
  }
  return racing;
}

const keyOf = (slot: number, object: number) => `${slot} ${object}`;
