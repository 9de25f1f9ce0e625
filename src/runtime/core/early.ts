import { assign } from "./assign.ts";
import { NONE } from "./column.ts";
import { type Graph, kindOf, PRESENT } from "./graph.ts";
import { takeFresh } from "./held-tasks.ts";
import { slotOf } from "./holders.ts";
import { appetiteOf, askBack, isEarly } from "./load.ts";
import { canRun } from "./markets.ts";
import { type CoreState, SATED, type Session, type TaskClass, type Worker } from "./state.ts";
import { ASSIGNED, WAITING } from "./task-state.ts";

/*
 * A task is assigned early when some of its inputs are still to be made, all by tasks that the same worker has.
 * So a chain of short tasks runs there without a word with the server in between.
 */

/** For tasks that take longer than this, a round trip is nothing: they wait for their inputs. */
const SHORT_SECONDS = 0.01;
/** Tasks with more inputs than this are not worth a look. */
const MOST_INPUTS = 16;
/** A larger input that is elsewhere keeps a task from coming early. Bytes. */
const SMALL_BYTES = 64 << 10;

/** Gives a worker that wants more than there is ready the consumers of what it has not started. Each task is looked at once. */
export function assignEarly(state: CoreState, worker: Worker): void {
  const [plain] = worker.stalls;
  while (appetiteOf(worker, plain) !== SATED) {
    const entry = takeFresh(state.held, worker.unstarted);
    if (entry === NONE) return;
    const session = state.sessions.get(state.held.session[entry])!;
    const task = state.held.task[entry];
    if (isShort(session, task)) assignConsumers(state, worker, session, task);
  }
}

function assignConsumers(state: CoreState, worker: Worker, session: Session, task: number): void {
  const { graph } = session;
  const first = graph.firstOutput[task];
  const end = first + kindOf(graph, task).outputs;
  for (let object = first; object < end; object++) {
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      if (appetiteOf(worker, worker.stalls[0]) === SATED) return;
      state.work++;
      const consumer = graph.edgeTask[edge];
      const taskClass = classOf(session, consumer);
      if (mayComeEarly(worker, taskClass, consumer)) assign(state, worker, taskClass, consumer);
    }
  }
}

/** The task is late, or its worker has it no more: what was to follow it there is asked back, and what was to follow that. */
export function recallEarly(state: CoreState, session: Session, task: number): void {
  const { graph } = session;
  const recalled: number[] = [];
  recallConsumers(state, session, task, recalled);
  for (let i = 0; i < recalled.length; i++) recallConsumers(state, session, recalled[i], recalled);
  if (recalled.length === 0) return;
  const worker = graph.worker[recalled[0]];
  state.effects.push({ kind: "retract", worker, session: session.id, tasks: Uint32Array.from(recalled) });
}

function recallConsumers(state: CoreState, session: Session, task: number, recalled: number[]): void {
  const { graph } = session;
  const first = graph.firstOutput[task];
  const end = first + kindOf(graph, task).outputs;
  for (let object = first; object < end; object++) {
    for (let edge = graph.consumerHead[object]; edge !== NONE; edge = graph.consumerNext[edge]) {
      const consumer = graph.edgeTask[edge];
      if (!isEarly(graph, consumer)) continue;
      askBack(state, state.workers[graph.worker[consumer]]!, session, consumer);
      recalled.push(consumer);
    }
  }
}

function mayComeEarly(worker: Worker, taskClass: TaskClass, task: number): boolean {
  const { session } = taskClass;
  const { graph } = session;
  const first = graph.inputStart[task];
  const end = graph.inputStart[task + 1];
  if (graph.taskState[task] !== WAITING || end - first > MOST_INPUTS) return false;
  if (taskClass.seconds > SHORT_SECONDS || taskClass.hasNeeds || !canRun(worker, taskClass)) return false;
  for (let edge = first; edge < end; edge++) {
    const object = graph.inputs[edge];
    const exists = graph.objectState[object] === PRESENT;
    if (!(exists ? isNear(graph, worker, object) : isComing(session, worker, object))) return false;
  }
  return true;
}

/** The worker has the object, expects it, or can have it soon. */
function isNear(graph: Graph, worker: Worker, object: number): boolean {
  if (graph.size[object] <= SMALL_BYTES) return true;
  let entry = graph.holderHead[object];
  while (entry !== NONE && slotOf(graph.holders, entry) !== worker.slot) entry = graph.holders.next[entry];
  return entry !== NONE;
}

/** The worker is about to make the object. */
function isComing(session: Session, worker: Worker, object: number): boolean {
  const { graph } = session;
  const task = graph.producer[object];
  return graph.taskState[task] === ASSIGNED && graph.worker[task] === worker.slot && isShort(session, task);
}

const isShort = (session: Session, task: number) => classOf(session, task).seconds <= SHORT_SECONDS;

function classOf(session: Session, task: number): TaskClass {
  return session.classes[kindOf(session.graph, task).class];
}
