import type { GraphColumns } from "../../core/index.ts";
import type { SessionRecord } from "./session-record.ts";

/** The numbers of the outputs of a task: from `first` to below `end`. */
export function outputRange(
  record: SessionRecord,
  graph: GraphColumns,
  task: number,
): { first: number; end: number } {
  const first = graph.firstOutput[task]!;
  return { first, end: first + record.kindOf(task).outputs.length };
}

/** The objects that a task takes, in order. */
export function inputsOf({ inputStart, inputs }: GraphColumns, task: number): Uint32Array {
  return inputs.subarray(inputStart[task], inputStart[task + 1]);
}
