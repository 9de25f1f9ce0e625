import { NONE } from "../../collections/columns.ts";
import type { GraphChunk } from "../../model/graph.ts";
import { retryRule } from "../../model/retry-rule.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import { STATE_COUNT, WAITING } from "../../model/task-states.ts";
import {
  type Graph,
  internGroup,
  internKind,
  kindOf,
  NEVER,
  PENDING,
  PRESENT,
  reserve,
} from "../data/graph.ts";
import { appendOrder } from "../data/order.ts";
import { requirementsOf } from "../data/requirements.ts";
import type { CoreState, Session } from "../data/state.ts";
import { releaseIfUnneeded } from "../objects/release.ts";
import { addReplica } from "../objects/replicas.ts";
import { internClass } from "../queues/task-classes.ts";
import { makeReady } from "../scheduling/readiness.ts";
import { updateSession } from "./sessions.ts";
import { skipIfInputAbandoned } from "./skip.ts";

/** Adds chunks that `checkSubmit` has accepted. No task becomes ready before all chunks are added. */
export function submit(state: CoreState, session: Session, chunks: readonly GraphChunk[]): void {
  const { graph } = session;
  const firstTask = graph.taskCount;
  for (const chunk of chunks) appendChunk(state, session, chunk);
  for (const chunk of chunks) {
    const end = chunk.firstObject + chunk.constantSizes.length;
    for (let object = chunk.firstObject; object < end; object++) releaseIfUnneeded(state, session, object);
  }
  for (let task = firstTask; session.hasFailures && task < graph.taskCount; task++) {
    if (skipIfInputAbandoned(state, session, task)) updateSession(state, session);
  }
  for (let task = firstTask; task < graph.taskCount; task++) {
    if (graph.remaining[task] === 0) makeReady(state, session, task);
  }
  updateSession(state, session);
}

/** Adds the tasks and objects of a chunk. None of the tasks is ready yet. */
export function appendChunk(state: CoreState, session: Session, chunk: GraphChunk): void {
  const { graph } = session;
  const kinds = internKinds(state, session, chunk);
  let outputs = 0;
  for (const kind of chunk.kind) outputs += chunk.kinds[kind].outputs.length;
  reserve(graph, chunk.kind.length, chunk.constantSizes.length + outputs, chunk.inputs.length);
  appendConstants(session, chunk.constantSizes);
  const firstTask = graph.taskCount;
  appendTasks(graph, chunk, kinds);
  connect(graph, firstTask);
  if (chunk.order !== undefined) appendOrder(graph, chunk.order);
  for (const object of chunk.keep) graph.kept[object] = 1;
}

/** Returns the numbers in the session of the chunk's kinds. */
function internKinds(state: CoreState, session: Session, chunk: GraphChunk): number[] {
  const { graph } = session;
  const groups = chunk.groups.map((name) => internGroup(graph, name));
  return chunk.kinds.map((kind) =>
    internKind(graph, {
      class: internClass(state, session, requirementsOf(kind)),
      group: groups[kind.group],
      outputs: kind.outputs.length,
      retries: retryRule(kind.retries ?? 0),
    }),
  );
}

function appendConstants(session: Session, sizes: Float64Array): void {
  const { graph } = session;
  if (sizes.length > 0) session.participants.add(SERVER_SLOT);
  for (const size of sizes) {
    const object = graph.objectCount++;
    graph.size[object] = size;
    graph.objectState[object] = PRESENT;
    graph.producer[object] = NONE;
    addReplica(graph, object, SERVER_SLOT, true);
  }
}

function appendTasks(graph: Graph, chunk: GraphChunk, kinds: number[]): void {
  graph.inputs.set(chunk.inputs, graph.edgeCount);
  for (let i = 0; i < chunk.kind.length; i++) {
    const task = graph.taskCount++;
    graph.kind[task] = kinds[chunk.kind[i]];
    graph.taskState[task] = WAITING;
    graph.worker[task] = NONE;
    graph.inputStart[task + 1] = graph.edgeCount + chunk.inputStart[i + 1];
    graph.firstOutput[task] = graph.objectCount;
    const { group, outputs } = kindOf(graph, task);
    graph.counts[group * STATE_COUNT + WAITING]++;
    for (let n = 0; n < outputs; n++) {
      graph.producer[graph.objectCount] = task;
      graph.objectState[graph.objectCount++] = PENDING;
    }
  }
  graph.edgeCount += chunk.inputs.length;
  graph.unfinished += chunk.kind.length;
}

/**
 * Adds the edges of new tasks to the lists of their objects, from the last task to the first, so that
 * consumers are listed in task order.
 */
function connect(graph: Graph, firstTask: number): void {
  for (let task = graph.taskCount - 1; task >= firstTask; task--) {
    let remaining = 0;
    for (let edge = graph.inputStart[task]; edge < graph.inputStart[task + 1]; edge++) {
      const object = graph.inputs[edge];
      graph.edgeTask[edge] = task;
      graph.needed[object]++;
      if (graph.objectState[object] === PENDING || graph.objectState[object] === NEVER) remaining++;
      graph.consumerNext[edge] = graph.consumerHead[object];
      graph.consumerHead[object] = edge;
    }
    graph.remaining[task] = remaining;
  }
}
