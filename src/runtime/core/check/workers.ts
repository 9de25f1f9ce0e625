import { NONE } from "../column.ts";
import { kindOf } from "../graph.ts";
import type { HeldList } from "../held-tasks.ts";
import { appetiteOf } from "../load.ts";
import { isOverfull } from "../retract.ts";
import { type CoreState, SATED, type Worker } from "../state.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "../task-state.ts";
import { expect } from "./expect.ts";

interface Load {
  retracting: number;
  cpusHeld: number;
  cpusStarted: number;
  backlog: number;
}

/** A worker's lists hold exactly its tasks, and its load is their sum. */
export function checkWorker(state: CoreState, worker: Worker): void {
  const name = `worker ${worker.slot}`;
  const load: Load = { retracting: 0, cpusHeld: 0, cpusStarted: 0, backlog: 0 };
  addList(state, worker, worker.unstarted, [ASSIGNED], load);
  addList(state, worker, worker.others, [RUNNING, RETRACTING], load);
  expect(worker.held === countTasks(state, worker), `${name} has other tasks than it holds`);
  expect(worker.retracting === load.retracting, `${name} counts its retracting tasks wrong`);
  for (const part of ["cpusHeld", "cpusStarted", "backlog"] as const) {
    const difference = Math.abs(worker[part] - load[part]);
    expect(difference <= 1e-9 * (1 + load[part]), `${name} has ${part} ${worker[part]}, not ${load[part]}`);
  }
  expect(worker.appetite === appetiteOf(worker), `${name} has another appetite than it should`);
  const list = worker.appetite === SATED ? undefined : worker.profile.wanting[worker.appetite];
  expect(worker.wantingLink.rotation === list, `${name} is not listed by its appetite`);
  const isListed = worker.overfullLink.rotation === state.overfull;
  expect(isListed === isOverfull(worker), `${name} is${isListed ? "" : " not"} listed as overfull`);
  expect(
    worker.own.tasks === 0 || worker.appetite === SATED,
    `${name} wants tasks and has a queue of its own`,
  );
  expect(worker.batches.size === 0 && worker.weight === 0, `${name} is not tidy`);
}

function addList(state: CoreState, worker: Worker, list: HeldList, states: number[], load: Load): void {
  let length = 0;
  for (let entry = list.first; entry !== NONE; entry = state.held.next[entry]) {
    const session = state.sessions.get(state.held.session[entry]);
    const task = state.held.task[entry];
    expect(session !== undefined, `worker ${worker.slot} holds task ${task} of no session`);
    const { graph } = session;
    expect(graph.heldEntry[task] === entry, `task ${task} of session ${session.id} is held twice`);
    expect(graph.worker[task] === worker.slot, `task ${task} of session ${session.id} is on a wrong worker`);
    expect(
      states.includes(graph.taskState[task]),
      `task ${task} of session ${session.id} is in a wrong list`,
    );
    const { cpus } = session.classes[kindOf(graph, task).class];
    const isRunning = graph.taskState[task] === RUNNING;
    load.cpusHeld += cpus;
    if (isRunning) load.cpusStarted += cpus;
    else load.backlog += state.held.cost[entry];
    if (graph.taskState[task] === RETRACTING) load.retracting++;
    length++;
  }
  expect(list.length === length, `a list of worker ${worker.slot} has ${length} entries, not ${list.length}`);
}

/** Tasks of all sessions that say they are on this worker. */
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
