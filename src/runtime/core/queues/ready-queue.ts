import { Link } from "../data/rotation.ts";
import type { ReadyQueue } from "../data/state.ts";
import type { Lane, Level } from "./priority-queue.ts";

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
  const level = lane.join(queue.class.demand.priority);
  const link = new Link(queue);
  queue.levels.push(level);
  queue.links.push(link);
  lane.tasks += queue.tasks.length;
  if (queue.tasks.length > 0) appear(level, link);
}

export function leaveLane(queue: ReadyQueue, lane: Lane): void {
  const index = queue.levels.findIndex((level) => level.lane === lane);
  if (index < 0) return;
  const [level] = queue.levels.splice(index, 1);
  const [link] = queue.links.splice(index, 1);
  lane.tasks -= queue.tasks.length;
  if (queue.tasks.length > 0) vanish(level, link);
  lane.leave(level);
}

export function leaveAllLanes(queue: ReadyQueue): void {
  for (const { lane } of [...queue.levels]) leaveLane(queue, lane);
}

/** Keeps the lanes in step with a change of the queue's length by one. */
function count(queue: ReadyQueue, change: 1 | -1): void {
  const { levels, links, tasks } = queue;
  const appears = change === 1 && tasks.length === 1;
  const vanishes = tasks.length === 0;
  for (let i = 0; i < levels.length; i++) {
    levels[i].lane.tasks += change;
    if (appears) appear(levels[i], links[i]);
    else if (vanishes) vanish(levels[i], links[i]);
  }
}

function appear(level: Level, link: Link<ReadyQueue>): void {
  level.add(link);
  if (level.size === 1) level.lane.filled(level);
}

function vanish(level: Level, link: Link<ReadyQueue>): void {
  level.remove(link);
  if (level.size === 0) level.lane.emptied(level);
}
