import { NONE } from "../../collections/columns.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "../../model/task-states.ts";
import type { AssignmentList } from "../data/assignments.ts";
import { kindOf } from "../data/graph.ts";
import { type CoreState, SATURATED, type Worker, type WorkerQueue } from "../data/state.ts";
import { workerQueueOf } from "../queues/resource-queues.ts";
import { loadLevelOf, MAX_SURPLUS } from "../scheduling/load.ts";
import { isOverloaded } from "../scheduling/rebalance.ts";
import { expect } from "./expect.ts";
import { checkPriorityQueue } from "./queues.ts";

interface Load {
  retracting: number;
  cpusAssigned: number;
  cpusStarted: number;
  backlog: number;
  /** Amounts of resources other than cpus. */
  used: Map<string, number>;
  /** Number of tasks that lack a resource, by index of their resource queue. */
  surplus: number[];
}

/** Checks that a worker's lists contain exactly its tasks, and that its load is their sum. */
export function checkWorker(state: CoreState, worker: Worker): void {
  const name = `worker ${worker.slot}`;
  const load: Load = {
    retracting: 0,
    cpusAssigned: 0,
    cpusStarted: 0,
    backlog: 0,
    used: new Map(),
    surplus: [],
  };
  addList(state, worker, worker.unstarted, [ASSIGNED], load);
  addList(state, worker, worker.surplus, [ASSIGNED], load);
  addList(state, worker, worker.runningOrRetracting, [RUNNING, RETRACTING], load);
  expect(
    worker.assigned === countTasks(state, worker),
    `${name} does not have the tasks that are assigned to it`,
  );
  expect(worker.retracting === load.retracting, `${name} has a wrong count of retracting tasks`);
  for (const part of ["cpusAssigned", "cpusStarted", "backlog"] as const) {
    const difference = Math.abs(worker[part] - load[part]);
    expect(difference <= 1e-9 * (1 + load[part]), `${name} has ${part} ${worker[part]}, not ${load[part]}`);
  }
  for (const resource of new Set([...worker.used.keys(), ...load.used.keys()])) {
    const used = worker.used.get(resource) ?? 0;
    expect(used === (load.used.get(resource) ?? 0), `${name} has a wrong amount of ${resource} in use`);
  }
  expect(worker.queues.length === worker.profile.resourceQueues.length, `${name} lacks a worker queue`);
  for (const workerQueue of worker.queues)
    checkWorkerQueue(worker, workerQueue, load.surplus[workerQueue.resourceQueue.index] ?? 0);
  const isListed = worker.overloadedNode.rotation === state.overloaded;
  expect(isListed === isOverloaded(worker), `${name} is${isListed ? "" : " not"} listed as overloaded`);
  expect(
    worker.batches.size === 0 && worker.weight === 0,
    `${name} has assignments or a weight left over from a step`,
  );
}

function checkWorkerQueue(worker: Worker, workerQueue: WorkerQueue, surplus: number): void {
  const name = `worker ${worker.slot}`;
  const { loadLevel, resourceQueue, node, own } = workerQueue;
  expect(
    resourceQueue === worker.profile.resourceQueues[resourceQueue.index],
    `${name} is in the wrong resource queue`,
  );
  expect(workerQueue.surplus === surplus, `${name} has ${surplus} surplus tasks, not ${workerQueue.surplus}`);
  expect(surplus <= MAX_SURPLUS, `${name} has ${surplus} surplus tasks`);
  expect(loadLevel === loadLevelOf(worker, workerQueue), `${name} has the wrong load level`);
  const list = loadLevel === SATURATED ? undefined : resourceQueue.byLoadLevel[loadLevel];
  expect(node.rotation === list, `${name} is not in the list of its load level`);
  expect(
    own.tasks === 0 || loadLevel === SATURATED,
    `${name} is not saturated, but has tasks in its own queues`,
  );
  checkPriorityQueue(own, `the own priority queue of ${name}`);
}

function addList(state: CoreState, worker: Worker, list: AssignmentList, states: number[], load: Load): void {
  let length = 0;
  for (let entry = list.first; entry !== NONE; entry = state.assignments.next[entry]) {
    const session = state.sessions.get(state.assignments.session[entry]);
    const task = state.assignments.task[entry];
    expect(session !== undefined, `worker ${worker.slot} has task ${task} of no session`);
    const { graph } = session;
    expect(graph.assignment[task] === entry, `task ${task} of session ${session.id} has two assignments`);
    expect(
      graph.worker[task] === worker.slot,
      `task ${task} of session ${session.id} is on the wrong worker`,
    );
    expect(
      states.includes(graph.taskState[task]),
      `task ${task} of session ${session.id} is in the wrong list`,
    );
    const taskClass = session.classes[kindOf(graph, task).class];
    const isSurplus = state.assignments.surplus[entry] === 1;
    if (graph.taskState[task] === ASSIGNED) {
      expect(
        isSurplus === (list === worker.surplus),
        `task ${task} of session ${session.id} is in the wrong list`,
      );
    }
    if (isSurplus) {
      const { index } = workerQueueOf(worker, taskClass).resourceQueue;
      load.surplus[index] = (load.surplus[index] ?? 0) + 1;
    } else {
      load.cpusAssigned += taskClass.cpus;
      for (const { resource, amount } of taskClass.requirements.needs) {
        load.used.set(resource, (load.used.get(resource) ?? 0) + amount);
      }
      if (graph.taskState[task] === RUNNING) load.cpusStarted += taskClass.cpus;
      else load.backlog += state.assignments.cost[entry];
    }
    if (graph.taskState[task] === RETRACTING) load.retracting++;
    length++;
  }
  expect(list.length === length, `a list of worker ${worker.slot} has ${length} entries, not ${list.length}`);
}

/** Counts the tasks of all sessions that are assigned to this worker. */
function countTasks(state: CoreState, worker: Worker): number {
  let tasks = 0;
  for (const { graph } of state.sessions.values()) {
    for (let task = 0; task < graph.taskCount; task++) {
      const taskState = graph.taskState[task];
      if (graph.worker[task] === worker.slot && taskState >= ASSIGNED && taskState <= RETRACTING) tasks++;
    }
  }
  return tasks;
}
