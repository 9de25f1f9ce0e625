import { isAssigned } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import type { Session } from "../data/state.ts";

/*
 * A worker may be told to drop an object while it has the task that makes the object once more, for another
 * output or for a lost replica. The core cannot know whether the drop hits the old replica or the new one, so
 * it does not count the new one.
 */

/** Notes that a worker is told to drop an object. */
export function noteDrop({ graph, racingDrops }: Session, slot: number, object: number): void {
  const task = graph.producer[object];
  if (isAssigned(graph.taskState[task]) && graph.worker[task] === slot) racingDrops.add(keyOf(slot, object));
}

/** A worker no longer has the task. Answers the outputs that it may have dropped after it made them. */
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
