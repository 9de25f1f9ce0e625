import { FINISHED, isOver, WAITING } from "../../model/task-states.ts";
import type { Order } from "./graph.ts";

/** The columns of a graph that the order of its tasks concerns. */
interface OrderedTasks {
  order: Order;
  taskState: Uint8Array;
  /** What each task still waits for. */
  remaining: Uint32Array;
}

/** Adds pairs of a task, which waits, and its predecessor. */
export function appendOrder(graph: OrderedTasks, pairs: Uint32Array): void {
  const { predecessors, successors, done } = graph.order;
  for (let i = 0; i < pairs.length; i += 2) {
    const [task, predecessor] = [pairs[i], pairs[i + 1]];
    append(predecessors, task, predecessor);
    append(successors, predecessor, task);
    if (graph.taskState[predecessor] === FINISHED) done.add(predecessor);
    if (!done.has(predecessor)) graph.remaining[task]++;
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

const NO_TASKS: readonly number[] = [];

/** The predecessors of a task that have not finished yet. */
export function missingPredecessors({ order }: Pick<OrderedTasks, "order">, task: number): readonly number[] {
  return order.predecessors.get(task)?.filter((predecessor) => !order.done.has(predecessor)) ?? NO_TASKS;
}

/** The tasks that still wait for this one to finish. */
export function waitingSuccessors({ order }: Pick<OrderedTasks, "order">, task: number): readonly number[] {
  return order.done.has(task) ? NO_TASKS : (order.successors.get(task) ?? NO_TASKS);
}

/** Notes that a task has finished. Returns the waiting tasks that have nothing else to wait for. */
export function finishPredecessor(graph: OrderedTasks, task: number): readonly number[] {
  if (graph.order.successors.size === 0) return NO_TASKS;
  const free: number[] = [];
  for (const successor of waitingSuccessors(graph, task)) {
    if (isOver(graph.taskState[successor])) continue;
    if (--graph.remaining[successor] === 0 && graph.taskState[successor] === WAITING) free.push(successor);
  }
  if (graph.order.successors.has(task)) graph.order.done.add(task);
  return free;
}
