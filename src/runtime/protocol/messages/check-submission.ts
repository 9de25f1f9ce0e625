import { RainError } from "../../errors.ts";
import { MAX_INLINE_CONSTANT_BYTES } from "../limits.ts";
import type { Submission } from "./submission.ts";

const MAX_NUMBER = 0xffffffff;

/**
 * Checks that the packed columns of a submission fit together: lengths, ranges, order, sizes. Whether the graph makes
 * sense in its session is the core's question. @throws INVALID_GRAPH that names column and row
 */
export function checkSubmission(submission: Submission): void {
  const { firstTask, firstObject, constants, kinds, groups, kind, inputStart, inputs, config, configs } =
    submission;
  const tasks = kind.length;

  if (groups[0] !== "") fail("groups", 0, "the first group must be the empty one");
  checkConstants(submission);
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i].group >= groups.length) fail("kinds", i, `there is no group ${kinds[i].group}`);
  }

  checkStarts("inputStart", inputStart, tasks, inputs.length);
  let outputs = 0;
  for (let i = 0; i < tasks; i++) {
    const row = kinds[kind[i]];
    if (!row) fail("kind", i, `there is no kind ${kind[i]}`);
    const labels = row.inputLabels;
    if (labels && labels.length !== inputStart[i + 1] - inputStart[i]) {
      fail(
        "inputStart",
        i,
        `its kind has ${labels.length} input labels, the task ${inputStart[i + 1] - inputStart[i]} inputs`,
      );
    }
    outputs += row.outputs.length;
  }

  const configCount = configs.start.length - 1;
  checkStarts("configs.start", configs.start, configCount, configs.bytes.length);
  checkLength("config", config.length, tasks);
  for (let i = 0; i < tasks; i++) {
    if (config[i] > configCount) fail("config", i, `there is no config ${config[i] - 1}`);
  }

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
  for (let i = 0; i < constants.length; i++) {
    const { size, data } = constants[i];
    if (!Number.isSafeInteger(size) || size < 0) fail("constants", i, `${size} is not a size in bytes`);
    if (!data) continue;
    if (data.length > MAX_INLINE_CONSTANT_BYTES) {
      fail("constants", i, `${data.length} bytes are too many to ride along: upload it before the submit`);
    }
    if (data.length !== size) fail("constants", i, `it has ${data.length} bytes, but its size says ${size}`);
  }
}

/** `starts` must lead from 0 to `end` in `rows` steps that never go back. */
function checkStarts(column: string, starts: Uint32Array, rows: number, end: number): void {
  checkLength(column, starts.length, rows + 1);
  if (starts[0] !== 0) fail(column, 0, `it must start at 0, not ${starts[0]}`);
  for (let i = 0; i < rows; i++) {
    if (starts[i] > starts[i + 1]) fail(column, i + 1, `${starts[i + 1]} comes after ${starts[i]}`);
  }
  if (starts[rows] !== end) fail(column, rows, `it must end at ${end}, not ${starts[rows]}`);
}

/** Numbers must ascend and lie in `[first, first + count)`. */
function checkNumbers(column: string, numbers: Uint32Array, first: number, count: number): void {
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (number < first || number >= first + count) {
      fail(column, i, `${number} is not between ${first} and ${first + count - 1}`);
    }
    if (i > 0 && number <= numbers[i - 1]) fail(column, i, `${number} comes after ${numbers[i - 1]}`);
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
