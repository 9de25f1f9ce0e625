import { ASSIGNED, isAssigned, isOver, READY, STATE_COUNT, WAITING } from "../../model/task-states.ts";
import { type Graph, isNeeded, kindOf, NEVER, PENDING, PRESENT, RELEASED } from "../data/graph.ts";
import { missingPredecessors } from "../data/order.ts";
import type { Session } from "../data/state.ts";
import { hasEnded } from "../lifecycle/sessions.ts";
import { hasFailedOrSkipped } from "../lifecycle/skip.ts";
import { expect } from "./expect.ts";

/** Checks that counters, task states, object states and the session state agree. */
export function checkGraph(session: Session): void {
  checkCounts(session);
  checkState(session);
  checkTasks(session);
  checkObjects(session);
}

function checkCounts({ id, graph }: Session): void {
  const counts = new Uint32Array(graph.groups.size * STATE_COUNT);
  let unfinished = 0;
  for (let task = 0; task < graph.taskCount; task++) {
    counts[kindOf(graph, task).group * STATE_COUNT + graph.taskState[task]]++;
    if (!isOver(graph.taskState[task])) unfinished++;
  }
  expect(
    graph.unfinished === unfinished,
    `session ${id} has ${unfinished} unfinished tasks, not ${graph.unfinished}`,
  );
  expect(
    counts.every((count, i) => graph.counts[i] === count),
    `session ${id} has wrong task counts`,
  );
}

function checkState(session: Session): void {
  const { id, state, sealed, graph } = session;
  if (hasEnded(session)) {
    expect(graph.unfinished === 0, `session ${id} is ${state} with unfinished tasks`);
    expect(session.classes.length === 0, `session ${id} is ${state} with classes`);
  } else {
    const is = graph.unfinished > 0 ? "running" : "open";
    expect(state === is, `session ${id} is ${state}, not ${is}`);
    expect(!(sealed && state === "open"), `session ${id} is sealed and done, but open`);
  }
}

function checkTasks(session: Session): void {
  const { id, state, graph } = session;
  for (let task = 0; task < graph.taskCount; task++) {
    const taskState = graph.taskState[task];
    if (isOver(taskState)) continue;
    const inputs = graph.inputs.subarray(graph.inputStart[task], graph.inputStart[task + 1]);
    const isMissing = (object: number) => [PENDING, NEVER].includes(graph.objectState[object]);
    const pending =
      inputs.filter(isMissing).length +
      (session.delayed.has(task) ? 1 : 0) +
      missingPredecessors(graph, task).length;
    const name = `task ${task} of session ${id}`;
    expect(
      graph.remaining[task] === pending,
      `${name} waits for ${pending} inputs, not ${graph.remaining[task]}`,
    );
    expect(
      taskState !== (pending > 0 ? READY : WAITING),
      `${name} is in state ${taskState}, but waits for ${pending} inputs`,
    );
    if (taskState === ASSIGNED) checkEarly(name, graph, task, inputs);
    expect(
      inputs.every((object) => graph.objectState[object] !== RELEASED),
      `an input of ${name} is released`,
    );
    const lacksInputs = inputs.some((object) => graph.objectState[object] === NEVER);
    expect(
      !lacksInputs || (isAssigned(taskState) && taskState !== ASSIGNED),
      `${name} waits for an object that will never be made`,
    );
    expect(isAssigned(taskState) || taskState <= 1, `${name} of a ${state} session is in state ${taskState}`);
  }
}

/** Checks that the worker of an early task is about to make its missing inputs. */
function checkEarly(name: string, graph: Graph, task: number, inputs: Uint32Array): void {
  for (const object of inputs) {
    if (graph.objectState[object] !== PENDING) continue;
    const producer = graph.producer[object];
    const isAboutToBeMade =
      isAssigned(graph.taskState[producer]) && graph.worker[producer] === graph.worker[task];
    expect(isAboutToBeMade, `${name} is early, but its worker does not make object ${object}`);
  }
}

function checkObjects({ id, graph }: Session): void {
  const needed = new Uint32Array(graph.objectCount);
  for (let edge = 0; edge < graph.edgeCount; edge++) {
    if (!isOver(graph.taskState[graph.edgeTask[edge]])) needed[graph.inputs[edge]]++;
  }
  for (let object = 0; object < graph.objectCount; object++) {
    const name = `object ${object} of session ${id}`;
    const objectState = graph.objectState[object];
    expect(
      graph.needed[object] === needed[object],
      `${name} is needed ${needed[object]} times, not ${graph.needed[object]}`,
    );
    expect(objectState !== PRESENT || isNeeded(graph, object), `${name} exists, but nothing needs it`);
    expect(objectState !== RELEASED || !isNeeded(graph, object), `${name} is released, but needed`);
    if (objectState !== PENDING && objectState !== NEVER) continue;
    const producer = graph.taskState[graph.producer[object]];
    const agrees = objectState === PENDING ? !isOver(producer) : hasFailedOrSkipped(producer);
    expect(agrees, `${name} is in state ${objectState}, but its task is in state ${producer}`);
  }
}
