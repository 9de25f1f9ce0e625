import type { GraphColumns } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { FinishedExtra, ObjectCopy, WorkerToServer } from "../../protocol/messages/index.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";

/** Maximum characters of a text in a report. Workers send only the ends of texts, which are far shorter. */
const MAX_TEXT_LENGTH = 1 << 20;

type Report<Kind extends WorkerToServer[0]> = Extract<WorkerToServer, [Kind, unknown]>[1];

/**
 * Checks what the schemas cannot check: that tasks and objects belong to the session, and that each output
 * has a size. Does not check whether the worker has the tasks, since a report may be late.
 * @throws INVALID_MESSAGE, which closes the worker's connection
 */
export function checkReport(record: SessionRecord, graph: GraphColumns, [kind, body]: WorkerToServer): void {
  switch (kind) {
    case "started":
    case "returned":
      checkTasks(record, body.tasks);
      break;
    case "finished":
      checkFinished(record, graph, body);
      break;
    case "failed":
      checkTasks(record, [body.task]);
      if (body.extra.task !== body.task)
        throw invalid(`its details are about task ${body.extra.task}, not ${body.task}`);
      checkExtra(record, graph, body.extra);
      checkText(body.error.message);
      break;
    case "missing":
      checkTasks(record, body.tasks);
      checkText(body.error.message);
  }
}

function checkFinished(
  record: SessionRecord,
  graph: GraphColumns,
  { tasks, sizes, extras, copies }: Report<"finished">,
): void {
  checkTasks(record, tasks);
  let outputs = 0;
  for (const task of tasks) outputs += record.kindOf(task).outputs.length;
  if (sizes.length !== outputs) {
    throw invalid(`it reports ${tasks.length} tasks with ${outputs} outputs, but ${sizes.length} sizes`);
  }
  if (copies.length > 0) checkCopies(record, graph, tasks, sizes, copies);
  if (extras.length === 0) return;
  const finished = new Set(tasks);
  for (const extra of extras) {
    if (!finished.delete(extra.task))
      throw invalid(`it has details about task ${extra.task}, which it does not report`);
    checkExtra(record, graph, extra);
  }
}

function checkCopies(
  record: SessionRecord,
  graph: GraphColumns,
  tasks: Uint32Array,
  sizes: Float64Array,
  copies: readonly ObjectCopy[],
): void {
  const known = new Map<number, number | undefined>();
  let next = 0;
  for (const task of tasks) {
    const { first, end } = outputRange(record, graph, task);
    for (let object = first; object < end; object++) known.set(object, sizes[next++]);
  }
  for (const { object, data } of copies) {
    if (known.get(object) !== data.length)
      throw invalid(
        `it contains ${data.length} bytes of object ${object}, which is not the size that it reports`,
      );
    known.delete(object);
  }
}

function checkTasks(record: SessionRecord, tasks: Iterable<number>): void {
  for (const task of tasks) {
    if (task >= record.taskCount) throw invalid(`session ${record.id} has no task ${task}`);
  }
}

function checkExtra(record: SessionRecord, graph: GraphColumns, extra: FinishedExtra): void {
  const { task, debug = "", stdoutTail = "", stderrTail = "", contentTypes = [], objects = [] } = extra;
  for (const text of [debug, stdoutTail, stderrTail]) checkText(text);
  const { first, end } = outputRange(record, graph, task);
  const checkOutput = (object: number) => {
    if (object < first || object >= end) throw invalid(`object ${object} is not an output of task ${task}`);
  };
  for (const [object, contentType] of contentTypes) {
    checkOutput(object);
    checkText(contentType);
  }
  for (const { object, debug = "" } of objects) {
    checkOutput(object);
    checkText(debug);
  }
}

function checkText({ length }: string): void {
  if (length > MAX_TEXT_LENGTH) throw invalid(`a text of ${length} characters is too long`);
}

function invalid(what: string): RainError {
  return new RainError("INVALID_MESSAGE", `invalid report: ${what}`);
}
