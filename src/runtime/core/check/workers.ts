import type { HeldList } from "../data/assignments.ts";
import { NONE } from "../data/column.ts";
import { kindOf } from "../data/graph.ts";
import { type CoreState, SATED, type Stall, type Worker } from "../data/state.ts";
import { ASSIGNED, RETRACTING, RUNNING } from "../data/task-state.ts";
import { stallOf } from "../queues/resource-queues.ts";
import { appetiteOf, MOST_AHEAD } from "../scheduling/load.ts";
import { isOverfull } from "../scheduling/rebalance.ts";
import { expect } from "./expect.ts";
import { checkLane } from "./queues.ts";

interface Load {
  retracting: number;
  cpusHeld: number;
  cpusStarted: number;
  backlog: number;
  /** Of resources besides cpus. */
  used: Map<string, number>;
  /** Tasks that wait for resources, by index of their market. */
  ahead: number[];
}

/** A worker's lists hold exactly its tasks, and its load is their sum. */
export function checkWorker(state: CoreState, worker: Worker): void {
  const name = `worker ${worker.slot}`;
  const load: Load = { retracting: 0, cpusHeld: 0, cpusStarted: 0, backlog: 0, used: new Map(), ahead: [] };
  addList(state, worker, worker.unstarted, [ASSIGNED], load);
  addList(state, worker, worker.ahead, [ASSIGNED], load);
  addList(state, worker, worker.others, [RUNNING, RETRACTING], load);
  expect(worker.held === countTasks(state, worker), `${name} has other tasks than it holds`);
  expect(worker.retracting === load.retracting, `${name} counts its retracting tasks wrong`);
  for (const part of ["cpusHeld", "cpusStarted", "backlog"] as const) {
    const difference = Math.abs(worker[part] - load[part]);
    expect(difference <= 1e-9 * (1 + load[part]), `${name} has ${part} ${worker[part]}, not ${load[part]}`);
  }
  for (const resource of new Set([...worker.used.keys(), ...load.used.keys()])) {
    const used = worker.used.get(resource) ?? 0;
    expect(used === (load.used.get(resource) ?? 0), `${name} counts ${resource} wrong`);
  }
  expect(worker.stalls.length === worker.profile.markets.length, `${name} misses a stall`);
  for (const stall of worker.stalls) checkStall(worker, stall, load.ahead[stall.market.index] ?? 0);
  const isListed = worker.overfullLink.rotation === state.overfull;
  expect(isListed === isOverfull(worker), `${name} is${isListed ? "" : " not"} listed as overfull`);
  expect(worker.batches.size === 0 && worker.weight === 0, `${name} is not tidy`);
}

function checkStall(worker: Worker, stall: Stall, ahead: number): void {
  const name = `worker ${worker.slot}`;
  const { appetite, market, link, own } = stall;
  expect(market === worker.profile.markets[market.index], `${name} is in a wrong market`);
  expect(stall.ahead === ahead, `${name} holds ${ahead} ahead, not ${stall.ahead}`);
  expect(ahead <= MOST_AHEAD, `${name} holds ${ahead} ahead`);
  expect(appetite === appetiteOf(worker, stall), `${name} has another appetite than it should`);
  const list = appetite === SATED ? undefined : market.wanting[appetite];
  expect(link.rotation === list, `${name} is not listed by its appetite`);
  expect(own.tasks === 0 || appetite === SATED, `${name} wants tasks and has a queue of its own`);
  checkLane(own, `the own lane of ${name}`);
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
    const taskClass = session.classes[kindOf(graph, task).class];
    const isAhead = state.held.ahead[entry] === 1;
    if (graph.taskState[task] === ASSIGNED) {
      expect(isAhead === (list === worker.ahead), `task ${task} of session ${session.id} is in a wrong list`);
    }
    if (isAhead) {
      const { index } = stallOf(worker, taskClass).market;
      load.ahead[index] = (load.ahead[index] ?? 0) + 1;
    } else {
      load.cpusHeld += taskClass.cpus;
      for (const { resource, amount } of taskClass.demand.needs) {
        load.used.set(resource, (load.used.get(resource) ?? 0) + amount);
      }
      if (graph.taskState[task] === RUNNING) load.cpusStarted += taskClass.cpus;
      else load.backlog += state.held.cost[entry];
    }
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
