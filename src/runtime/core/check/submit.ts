import { NONE } from "../../collections/columns.ts";
import type { GraphChunk, GraphKind } from "../../model/graph.ts";
import { type FullRetryRule, retryRule } from "../../model/retry-rule.ts";
import { RELEASED } from "../data/graph.ts";
import { MEMORY } from "../data/requirements.ts";
import type { CoreState, Session } from "../data/state.ts";
import { hasEnded } from "../lifecycle/sessions.ts";

/** The column of failures has 8 bits. */
const MAX_RETRIES = 255;

/**
 * Returns an error message for the author of a submit, or `undefined` if the submit is valid. `step` accepts
 * only valid submits.
 */
export function checkSubmit(state: CoreState, id: number, chunks: readonly GraphChunk[]): string | undefined {
  const session = state.sessions.get(id);
  if (session === undefined) return `there is no session ${id}`;
  if (hasEnded(session)) return `session ${id} is ${session.state}`;
  if (session.sealed) return `session ${id} takes no further submits`;
  let firstTask = session.graph.taskCount;
  let firstObject = session.graph.objectCount;
  for (const chunk of chunks) {
    const error =
      checkNumbering(chunk, firstTask, firstObject) ??
      checkTables(chunk) ??
      checkInputs(session, chunk) ??
      checkOrder(chunk);
    if (error !== undefined) return error;
    firstTask += chunk.kind.length;
    firstObject += countObjects(chunk);
    if (firstTask >= NONE || firstObject >= NONE) return "the graph has too many tasks or objects";
    const stray = chunk.keep.find((object) => object < chunk.firstObject || object >= firstObject);
    if (stray !== undefined) return `object ${stray} is to be kept but does not belong to this submit`;
  }
  return undefined;
}

function checkNumbering(chunk: GraphChunk, firstTask: number, firstObject: number): string | undefined {
  if (chunk.firstTask !== firstTask) return `the next task is ${firstTask}, not ${chunk.firstTask}`;
  if (chunk.firstObject !== firstObject) return `the next object is ${firstObject}, not ${chunk.firstObject}`;
  return undefined;
}

function checkTables(chunk: GraphChunk): string | undefined {
  for (const [i, kind] of chunk.kinds.entries()) {
    const wrong = checkRequirements(kind);
    if (wrong !== undefined) return `kind ${i} ${wrong}`;
    if (!isIndex(kind.group, chunk.groups))
      return `kind ${i} is in group ${kind.group}, which does not exist`;
    if (!(Number.isInteger(kind.outputs.length) && kind.outputs.length >= 0)) {
      return `kind ${i} has ${kind.outputs.length} outputs`;
    }
  }
  const unknown = chunk.kind.findIndex((kind) => kind >= chunk.kinds.length);
  if (unknown >= 0)
    return `task ${chunk.firstTask + unknown} is of kind ${chunk.kind[unknown]}, which does not exist`;
  const size = chunk.constantSizes.find((bytes) => !(bytes >= 0 && Number.isFinite(bytes)));
  return size === undefined ? undefined : `a constant has ${size} bytes`;
}

function checkRequirements({ resources, priority = 0, retries = 0 }: GraphKind): string | undefined {
  const { cpus, memory = 0, named = {} } = resources;
  if (!(cpus > 0 && Number.isFinite(cpus))) return `asks for ${cpus} cpus`;
  for (const [name, amount] of Object.entries(named)) {
    if (name === MEMORY || name === "cpus") return `asks for a named resource called ${name}`;
    if (!(amount >= 0 && Number.isFinite(amount))) return `asks for ${amount} ${name}`;
  }
  if (!(memory >= 0 && Number.isFinite(memory))) return `asks for ${memory} bytes of memory`;
  if (!Number.isFinite(priority)) return `has priority ${priority}`;
  return checkRetries(retryRule(retries));
}

function checkRetries({ times, delay, backoff, maxDelay }: FullRetryRule): string | undefined {
  if (!(Number.isInteger(times) && times >= 0 && times <= MAX_RETRIES)) {
    return `asks for ${times} retries; at most ${MAX_RETRIES} are allowed`;
  }
  if (!(delay >= 0 && Number.isFinite(delay))) return `asks for a delay of ${delay} seconds`;
  if (!(backoff >= 1 && Number.isFinite(backoff)))
    return `asks for a backoff of ${backoff}, which is less than 1`;
  return maxDelay >= 0 ? undefined : `asks for a maximum delay of ${maxDelay} seconds`;
}

/** Every input must precede the outputs of its task. Inputs from earlier submits must be kept. */
function checkInputs(session: Session, chunk: GraphChunk): string | undefined {
  const { graph } = session;
  const { inputStart, inputs } = chunk;
  const tasks = chunk.kind.length;
  if (inputStart.length !== tasks + 1 || inputStart[0] !== 0 || inputStart[tasks] !== inputs.length) {
    return "the inputs do not match the tasks";
  }
  let firstOutput = chunk.firstObject + chunk.constantSizes.length;
  for (let i = 0; i < tasks; i++) {
    const task = chunk.firstTask + i;
    if (inputStart[i] > inputStart[i + 1]) return `the inputs of task ${task} end before they start`;
    for (let edge = inputStart[i]; edge < inputStart[i + 1]; edge++) {
      const object = inputs[edge];
      if (object >= firstOutput) return `task ${task} takes object ${object}, which does not precede it`;
      if (object >= graph.objectCount) continue;
      if (graph.objectState[object] === RELEASED)
        return `task ${task} takes object ${object}, which has been released`;
      if (graph.kept[object] === 0) {
        return `task ${task} takes object ${object} of an earlier submit, which is not kept`;
      }
    }
    firstOutput += chunk.kinds[chunk.kind[i]].outputs.length;
  }
  return undefined;
}

/** Every predecessor must have a smaller number than its task, which must be in the chunk. */
function checkOrder({ order = new Uint32Array(), firstTask, kind }: GraphChunk): string | undefined {
  if (order.length % 2 !== 0) return "the order is not a list of pairs";
  for (let i = 0; i < order.length; i += 2) {
    const [task, predecessor] = [order[i], order[i + 1]];
    if (task < firstTask || task >= firstTask + kind.length)
      return `task ${task} of the order is not in its chunk`;
    if (predecessor >= task) return `task ${task} comes after task ${predecessor}, which does not precede it`;
  }
  return undefined;
}

function countObjects(chunk: GraphChunk): number {
  let objects = chunk.constantSizes.length;
  for (const kind of chunk.kind) objects += chunk.kinds[kind].outputs.length;
  return objects;
}

function isIndex(value: number, list: readonly unknown[]): boolean {
  return Number.isInteger(value) && value >= 0 && value < list.length;
}
