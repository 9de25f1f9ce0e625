import type { GraphColumns } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { visibleLine } from "../../visible-text.ts";
import type { SessionRecord } from "./session-record.ts";
import { outputRange } from "./task-objects.ts";

/**
 * Finds the object of a ref. `#17` is an object number, `key` a constant or the only output of a task,
 * `key[1]` and `key.label` are outputs of a task.
 * @throws NOT_FOUND
 */
export function resolveRef(record: SessionRecord, graph: GraphColumns, ref: string): number {
  const [, number] = /^#(\d+)$/.exec(ref) ?? [];
  if (number !== undefined) {
    const object = Number(number);
    if (object < graph.objectCount) return object;
    throw notFound(record, ref, `it has ${graph.objectCount} objects`);
  }
  const whole = record.byKey.get(ref);
  if (whole && "object" in whole) return whole.object;
  if (whole) return onlyOutput(record, graph, ref, whole.task);

  // The key of an instance of a matrix ends with its values, such as `train[rate=0.5]`.
  const [, key, index, label = ""] = /^([^[.]+(?:\[[^\]]*=[^\]]*\])?)(?:\[(\d+)\]|\.(.+))$/.exec(ref) ?? [];
  const owner = key === undefined ? undefined : record.byKey.get(key);
  if (!owner || !("task" in owner)) {
    const known = visibleLine([...record.byKey.keys()].slice(0, 10).join(", "));
    throw notFound(
      record,
      ref,
      known ? `it has ${known}` : "its tasks have no keys: name an object as #NUMBER",
    );
  }
  const labels = record.kindOf(owner.task).outputs.map((output) => output.label ?? "");
  const position = index === undefined ? labels.indexOf(label) : Number(index);
  if (position < 0 || position >= labels.length) {
    throw notFound(
      record,
      ref,
      visibleLine(`the outputs of ${key} are ${labels.map((l, i) => l || `[${i}]`).join(", ")}`),
    );
  }
  return outputRange(record, graph, owner.task).first + position;
}

/** The shortest ref of an object, if its task or constant has a key. */
export function refOf(record: SessionRecord, graph: GraphColumns, object: number): string | undefined {
  const constant = record.constantKeys.get(object);
  if (constant !== undefined) return constant;
  const task = graph.producer[object];
  const key = task === undefined ? undefined : record.taskKeys.get(task);
  if (task === undefined || key === undefined) return undefined;
  const { outputs } = record.kindOf(task);
  if (outputs.length === 1) return key;
  const index = object - outputRange(record, graph, task).first;
  const label = outputs[index]?.label;
  return label && /^[\w.-]+$/.test(label) ? `${key}.${label}` : `${key}[${index}]`;
}

/**
 * Finds a task by its key, its name or `#17`. Of several tasks with the same name, returns the first.
 * @throws NOT_FOUND
 */
export function resolveTask(record: SessionRecord, ref: string): number {
  const owner = record.byKey.get(ref);
  if (owner && "task" in owner) return owner.task;
  for (const [task, name] of record.names) if (name === ref) return task;
  const numbered = /^#?(\d+)$/.exec(ref);
  if (numbered && Number(numbered[1]) < record.taskCount) return Number(numbered[1]);
  const known = visibleLine([...record.taskKeys.values()].slice(0, 10).join(", "));
  const hint = known ? `Its tasks are ${known}${record.taskKeys.size > 10 ? ", …" : ""}.` : undefined;
  throw new RainError("NOT_FOUND", `session ${record.id} has no task ${JSON.stringify(ref)}`, { hint });
}

function onlyOutput(record: SessionRecord, graph: GraphColumns, key: string, task: number): number {
  const { first, end } = outputRange(record, graph, task);
  if (end - first === 1) return first;
  throw notFound(record, key, `${key} has ${end - first} outputs: name one as ${key}[0] or by its label`);
}

function notFound(record: SessionRecord, ref: string, reason: string): RainError {
  return new RainError("NOT_FOUND", `session ${record.id} has no object ${JSON.stringify(ref)}: ${reason}`);
}
