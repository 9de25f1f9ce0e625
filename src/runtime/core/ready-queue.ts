import { Link } from "./rotation.ts";
import type { Lane, ReadyQueue } from "./state.ts";

export function enqueue(queue: ReadyQueue, task: number): void {
  queue.tasks.pushLast(task);
  count(queue, 1);
}

/** Only when it is not empty. */
export function dequeueFirst(queue: ReadyQueue): number {
  const task = queue.tasks.takeFirst();
  count(queue, -1);
  return task;
}

/** Only when it is not empty. */
export function dequeueLast(queue: ReadyQueue): number {
  const task = queue.tasks.takeLast();
  count(queue, -1);
  return task;
}

/** From now on the queue takes turns in this lane too. */
export function joinLane(queue: ReadyQueue, lane: Lane): void {
  const link = new Link(queue);
  queue.lanes.push(lane);
  queue.links.push(link);
  lane.tasks += queue.tasks.length;
  if (queue.tasks.length > 0) lane.add(link);
}

export function leaveLane(queue: ReadyQueue, lane: Lane): void {
  const index = queue.lanes.indexOf(lane);
  if (index < 0) return;
  lane.tasks -= queue.tasks.length;
  if (queue.tasks.length > 0) lane.remove(queue.links[index]);
  queue.lanes.splice(index, 1);
  queue.links.splice(index, 1);
}

export function leaveAllLanes(queue: ReadyQueue): void {
  for (const lane of [...queue.lanes]) leaveLane(queue, lane);
}

/** Keeps the lanes in step with a change of the queue's length by one. */
function count(queue: ReadyQueue, change: 1 | -1): void {
  const { lanes, links, tasks } = queue;
  const appears = change === 1 && tasks.length === 1;
  const vanishes = tasks.length === 0;
  for (let i = 0; i < lanes.length; i++) {
    lanes[i].tasks += change;
    if (appears) lanes[i].add(links[i]);
    else if (vanishes) lanes[i].remove(links[i]);
  }
}
