import { type Effect, taskState, taskWorker } from "../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import { canRun, hasRoom } from "./capacity.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { SimulatedTask } from "./session.ts";
import type { SimulatedWorker } from "./worker.ts";

/**
 * Checks that no task given to a worker has a lower priority than one that the worker could have been given
 * instead.
 */
export function checkPriority(
  cluster: ClusterView,
  { worker: slot, session, tasks }: Extract<Effect, { kind: "assign" }>,
): void {
  const worker = cluster.workers.get(slot)!;
  const given = [...tasks].map((task) => cluster.sessions.get(session)?.tasks[task]);
  for (const { id, number, task, name } of readyTasks(cluster)) {
    if (!mayRun(cluster, worker, id, number)) continue;
    const needs = `${[...task.needs.keys()].sort()}`;
    const lower = given.some(
      (other) => other && other.priority < task.priority && `${[...other.needs.keys()].sort()}` === needs,
    );
    assert(!lower, `worker ${slot} was given a task of a lower priority than ${name}`);
  }
}

/** Checks that no ready task without inputs waits while a worker could start it at once. */
export function checkIdle(cluster: ClusterView): void {
  const assignments = new Map<number, SimulatedTask[]>();
  for (const [id, { tasks }] of cluster.sessions) {
    for (const [number, task] of tasks.entries()) {
      const is = taskState(cluster.state, id, number);
      if (is !== "assigned" && is !== "running") continue;
      const slot = taskWorker(cluster.state, id, number)!;
      assignments.set(slot, [...(assignments.get(slot) ?? []), task]);
    }
  }
  for (const { id, number, task, name } of readyTasks(cluster)) {
    if (task.inputs.length > 0) continue;
    for (const worker of cluster.workers.values()) {
      const { slot, capacity } = worker;
      const isIdle =
        mayRun(cluster, worker, id, number) && hasRoom(capacity, task, assignments.get(slot) ?? []);
      assert(!isIdle, `${name} is ready, but worker ${slot} is idle`);
    }
  }
}

/**
 * Whether the worker can run the task, and the task has not failed there unless it has failed on all that can
 * run it.
 */
export function mayRun(
  { sessions, workers }: ClusterView,
  { slot, capacity }: SimulatedWorker,
  id: number,
  number: number,
): boolean {
  const session = sessions.get(id)!;
  const task = session.tasks[number]!;
  const failedOn = session.failedOn.get(number);
  if (!canRun(capacity, slot, task)) return false;
  if (!failedOn?.has(slot)) return true;
  return [...workers.values()].every(
    (other) => failedOn.has(other.slot) || !canRun(other.capacity, other.slot, task),
  );
}

function* readyTasks({
  sessions,
  state,
}: ClusterView): Generator<{ id: number; number: number; task: SimulatedTask; name: string }> {
  for (const [id, { tasks }] of sessions) {
    for (const [number, task] of tasks.entries()) {
      if (taskState(state, id, number) !== "ready") continue;
      yield { id, number, task, name: `task ${number} of session ${id}` };
    }
  }
}
