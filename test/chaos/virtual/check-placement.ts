import { type Effect, taskState, taskWorker } from "../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import { canRun, hasRoom } from "./capacity.ts";
import type { Cluster } from "./cluster.ts";
import type { SimulatedTask } from "./session.ts";

/** What is given to a worker has no lower priority than what it could have been given instead. */
export function checkPriority(
  cluster: Cluster,
  { worker: slot, session, tasks }: Extract<Effect, { kind: "assign" }>,
): void {
  const worker = cluster.workers.get(slot)!;
  const given = [...tasks].map((task) => cluster.sessions.get(session)?.tasks[task]);
  for (const { task, name } of readyTasks(cluster)) {
    if (!canRun(worker.capacity, slot, task)) continue;
    const needs = `${[...task.needs.keys()].sort()}`;
    const lower = given.some(
      (other) => other && other.priority < task.priority && `${[...other.needs.keys()].sort()}` === needs,
    );
    assert(!lower, `worker ${slot} was given less than ${name}`);
  }
}

/** No task without inputs waits for a worker while one could start it at once. */
export function checkIdle(cluster: Cluster): void {
  const held = new Map<number, SimulatedTask[]>();
  for (const [id, { tasks }] of cluster.sessions) {
    for (const [number, task] of tasks.entries()) {
      const is = taskState(cluster.state, id, number);
      if (is !== "assigned" && is !== "running") continue;
      const slot = taskWorker(cluster.state, id, number)!;
      held.set(slot, [...(held.get(slot) ?? []), task]);
    }
  }
  for (const { task, name } of readyTasks(cluster)) {
    if (task.inputs.length > 0) continue;
    for (const { slot, capacity } of cluster.workers.values()) {
      const isIdle = canRun(capacity, slot, task) && hasRoom(capacity, task, held.get(slot) ?? []);
      assert(!isIdle, `${name} is ready and worker ${slot} idle`);
    }
  }
}

function* readyTasks({ sessions, state }: Cluster): Generator<{ task: SimulatedTask; name: string }> {
  for (const [id, { tasks }] of sessions) {
    for (const [number, task] of tasks.entries()) {
      if (taskState(state, id, number) !== "ready") continue;
      yield { task, name: `task ${number} of session ${id}` };
    }
  }
}
