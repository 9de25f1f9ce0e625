import type { DataObject, OutputOptions } from "../../client/graph/values.ts";
import type { Slot, TaskType } from "../../plugin/contract/index.ts";

/** The outputs of a task, where the file does not declare them. */
export interface OutputDefaults {
  /** The outputs that the task type always gives; used if the file lists none. */
  all: OutputOptions[];
  /** The defaults of the output at this index. */
  of(index: number): OutputOptions;
}

/** @param name canonical name of the task type */
export function defaultOutputs(
  name: string,
  { outputs: { fixed = [], rest } }: Pick<TaskType, "outputs">,
  config: unknown,
  inputs: readonly DataObject[],
): OutputDefaults {
  const open = openOutput(name, config, inputs);
  const of = (slot: Slot = {}): OutputOptions => {
    const { label, contentType, dataType } = slot;
    if (dataType === "any") return { ...open, ...(label && { label }), ...(contentType && { contentType }) };
    return { label, contentType, dataType };
  };
  return { all: fixed.map(of), of: (index) => of(fixed[index] ?? rest) };
}

/** The data type of an output whose task type leaves it open. */
function openOutput(name: string, config: unknown, inputs: readonly DataObject[]): OutputOptions {
  const [input] = inputs;
  if (name === "builtin/sleep" && input && inputs.length === 1) {
    return { dataType: input.dataType, contentType: input.contentType };
  }
  if (name === "builtin/slice_directory") {
    const { path } = (config ?? {}) as { path?: unknown };
    return { dataType: typeof path === "string" && path.endsWith("/") ? "dir" : "blob" };
  }
  return { dataType: "blob" };
}
