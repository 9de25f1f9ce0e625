import type { PriorityLevel, PriorityQueue } from "../../collections/priority-queue.ts";
import { RotationNode } from "../../collections/rotation.ts";
import type { ReadyQueue } from "../data/state.ts";

export function enqueue(queue: ReadyQueue, task: number): void {
  queue.tasks.pushLast(task);
  count(queue, 1);
}

/** The queue must not be empty. */
export function dequeueFirst(queue: ReadyQueue): number {
  const task = queue.tasks.takeFirst();
  count(queue, -1);
  return task;
}

/** The queue must not be empty. */
export function dequeueLast(queue: ReadyQueue): number {
  const task = queue.tasks.takeLast();
  count(queue, -1);
  return task;
}

/** Adds the queue to a priority queue, where it takes turns with the others. */
export function joinQueue(queue: ReadyQueue, priorityQueue: PriorityQueue<ReadyQueue>): void {
  const level = priorityQueue.join(queue.class.requirements.priority);
  const link = new RotationNode(queue);
  queue.levels.push(level);
  queue.nodes.push(link);
  priorityQueue.tasks += queue.tasks.length;
  if (queue.tasks.length > 0) appear(level, link);
}

export function leaveQueue(queue: ReadyQueue, priorityQueue: PriorityQueue<ReadyQueue>): void {
  const index = queue.levels.findIndex((level) => level.priorityQueue === priorityQueue);
  if (index < 0) return;
  const [level] = queue.levels.splice(index, 1);
  const [link] = queue.nodes.splice(index, 1);
  priorityQueue.tasks -= queue.tasks.length;
  if (queue.tasks.length > 0) vanish(level, link);
  priorityQueue.leave(level);
}

export function leaveAllQueues(queue: ReadyQueue): void {
  for (const { priorityQueue } of [...queue.levels]) leaveQueue(queue, priorityQueue);
}

/** Updates the priority queues when the length of a queue changes by one. */
function count(queue: ReadyQueue, change: 1 | -1): void {
  const { levels, nodes, tasks } = queue;
  const appears = change === 1 && tasks.length === 1;
  const vanishes = tasks.length === 0;
  for (let i = 0; i < levels.length; i++) {
    levels[i].priorityQueue.tasks += change;
    if (appears) appear(levels[i], nodes[i]);
    else if (vanishes) vanish(levels[i], nodes[i]);
  }
}

function appear(level: PriorityLevel<ReadyQueue>, link: RotationNode<ReadyQueue>): void {
  level.add(link);
  if (level.size === 1) level.priorityQueue.filled(level);
}

function vanish(level: PriorityLevel<ReadyQueue>, link: RotationNode<ReadyQueue>): void {
  level.remove(link);
  if (level.size === 0) level.priorityQueue.emptied(level);
}
