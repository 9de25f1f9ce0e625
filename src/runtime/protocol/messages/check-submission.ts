import { RainError } from "../../errors.ts";
import { MAX_INLINE_CONSTANT_BYTES } from "../limits.ts";
import type { Submission } from "./submission.ts";

const MAX_NUMBER = 0xffffffff;

/**
 * Checks that the packed columns of a submission are consistent: lengths, ranges, order, sizes. The core
 * checks whether the graph is valid in its session.
 * @throws INVALID_GRAPH, which names column and row
 */
export function checkSubmission(submission: Submission): void {
  const { firstTask, firstObject, constants, kinds, groups, kind, inputStart, inputs, config, configs } =
    submission;
  const tasks = kind.length;

  if (groups[0] !== "") fail("groups", 0, "the first group must be the empty one");
  checkConstants(submission);
  for (const [i, { group }] of kinds.entries()) {
    if (group >= groups.length) fail("kinds", i, `there is no group ${group}`);
  }

  checkStarts("inputStart", inputStart, tasks, inputs.length);
  let outputs = 0;
  let task = 0;
  for (const number of kind) {
    const row = kinds[number];
    if (!row) fail("kind", task, `there is no kind ${number}`);
    const labels = row.inputLabels;
    if (labels) {
      const count = inputStart.subarray(task, task + 2).reduce((start, end) => end - start);
      if (labels.length !== count) {
        fail("inputStart", task, `its kind has ${labels.length} input labels, the task ${count} inputs`);
      }
    }
    outputs += row.outputs.length;
    task++;
  }

  const configCount = configs.start.length - 1;
  checkStarts("configs.start", configs.start, configCount, configs.bytes.length);
  checkLength("config", config.length, tasks);
  const missing = config.findIndex((number) => number > configCount);
  if (missing >= 0) fail("config", missing, `there are only ${configCount} configs`);

  const objects = constants.length + outputs;
  if (firstTask + tasks > MAX_NUMBER) fail("kind", tasks, "a session cannot have so many tasks");
  if (firstObject + objects > MAX_NUMBER) fail("kind", tasks, "a session cannot have so many objects");
  checkNumbers("keep", submission.keep, firstObject, objects);
  checkSparse("names", submission.names.of, submission.names.text.length, firstTask, tasks);
  checkSparse("taskKeys", submission.taskKeys.of, submission.taskKeys.text.length, firstTask, tasks);
  checkSparse("users", submission.users.of, submission.users.value.length, firstTask, tasks);
  const { of, text } = submission.constantKeys;
  checkSparse("constantKeys", of, text.length, firstObject, constants.length);
}

function checkConstants({ constants }: Submission): void {
  for (const [i, { size, data }] of constants.entries()) {
    if (!Number.isSafeInteger(size) || size < 0) fail("constants", i, `${size} is not a size in bytes`);
    if (!data) continue;
    if (data.length > MAX_INLINE_CONSTANT_BYTES) {
      fail("constants", i, `${data.length} bytes are too many for a submit: upload the constant before it`);
    }
    if (data.length !== size) fail("constants", i, `it has ${data.length} bytes, but its size says ${size}`);
  }
}

/** `starts` must begin with 0, end with `end`, never descend, and have `rows + 1` entries. */
function checkStarts(column: string, starts: Uint32Array, rows: number, end: number): void {
  checkLength(column, starts.length, rows + 1);
  if (starts[0] !== 0) fail(column, 0, `it must start at 0, not ${starts[0]}`);
  let row = 0;
  let previous = 0;
  for (const start of starts) {
    if (start < previous) fail(column, row, `${start} comes after ${previous}`);
    previous = start;
    row++;
  }
  if (previous !== end) fail(column, rows, `it must end at ${end}, not ${previous}`);
}

/** Numbers must ascend and be in `[first, first + count)`. */
function checkNumbers(column: string, numbers: Uint32Array, first: number, count: number): void {
  let row = 0;
  let previous = -1;
  for (const number of numbers) {
    if (number < first || number >= first + count) {
      fail(column, row, `${number} is not between ${first} and ${first + count - 1}`);
    }
    if (number <= previous) fail(column, row, `${number} comes after ${previous}`);
    previous = number;
    row++;
  }
}

function checkSparse(column: string, of: Uint32Array, values: number, first: number, count: number): void {
  checkLength(column, values, of.length);
  checkNumbers(column, of, first, count);
}

function checkLength(column: string, length: number, expected: number): void {
  if (length !== expected)
    fail(column, Math.min(length, expected), `the column has ${length} rows, not ${expected}`);
}

function fail(column: string, row: number, what: string): never {
  throw new RainError("INVALID_GRAPH", `invalid submission: ${column}[${row}]: ${what}`, {
    details: { column, row },
  });
}
