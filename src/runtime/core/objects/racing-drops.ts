import { isAssigned } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import type { Session } from "../data/state.ts";

/*
 * A worker may have to drop an object while it has the task that makes it, which runs once more for another output or for a lost
 * copy. Whether the drop finds the old object or the new one, nobody here can tell: so what the task has made there does not count.
 */

/** A worker is told to drop an object. */
export function noteDrop({ graph, racingDrops }: Session, slot: number, object: number): void {
  const task = graph.producer[object];
  if (isAssigned(graph.taskState[task]) && graph.worker[task] === slot) racingDrops.add(keyOf(slot, object));
}

/** A worker does not have the task any more. Answers the outputs that it may have dropped after it made them. */
export function takeRacingDrops({ graph, racingDrops }: Session, slot: number, task: number): number[] {
  const crossed: number[] = [];
  if (racingDrops.size === 0) return crossed;
  const first = graph.firstOutput[task];
  for (let object = first; object < first + kindOf(graph, task).outputs; object++) {
    if (racingDrops.delete(keyOf(slot, object))) crossed.push(object);
  }
  return crossed;
}

const keyOf = (slot: number, object: number) => `${slot} ${object}`;
