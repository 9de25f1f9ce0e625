/* Checks the objects that tasks get, and the outputs that they declare. */

import { isPlainObject, misuse, wrongArgument } from "../check/misuse.ts";
import { type DataObject, type Inputs, isObjectLike, type OutputOptions, Task } from "./values.ts";

const OBJECT = "a data object, such as blob(…), or a task with one output";

/** The object that a value stands for. @throws USAGE that names the function and the argument */
export function objectOf(call: string, argument: string, value: unknown): DataObject {
  if (!isObjectLike(value)) throw wrongArgument(call, argument, OBJECT, value);
  if (!(value instanceof Task)) return value;
  if (value.outputs.length === 1) return value.output;
  throw misuse(`${call}: ${argument}: ${describeOutputs(value)}`);
}

/** @throws as `objectOf` */
export function objectsOf(call: string, argument: string, values: unknown): DataObject[] {
  if (!Array.isArray(values)) throw wrongArgument(call, argument, "a list of data objects and tasks", values);
  const objects: DataObject[] = [];
  // Not `map`, which leaves out the gaps of a list.
  for (let i = 0; i < values.length; i++) objects.push(objectOf(call, `${argument}[${i}]`, values[i]));
  return objects;
}

/** @throws as `objectOf` */
export function inputsOf(call: string, argument: string, inputs: unknown): Inputs {
  if (Array.isArray(inputs)) return objectsOf(call, argument, inputs);
  if (!isPlainObject(inputs)) {
    throw wrongArgument(
      call,
      argument,
      "a list of data objects and tasks, or an object with them by label",
      inputs,
    );
  }
  const labelled = Object.entries(inputs).map(([label, value]) => {
    return [label, objectOf(call, `${argument}.${label}`, value)] as const;
  });
  return Object.fromEntries(labelled);
}

/** @throws USAGE for a label that two outputs have */
export function checkLabels(
  call: string,
  argument: string,
  outputs: readonly Pick<OutputOptions, "label">[],
): void {
  if (outputs.length < 2) return;
  const seen = new Set<string>();
  for (const { label } of outputs) {
    if (label === undefined || label === "") continue;
    if (seen.has(label)) {
      throw misuse(
        `${call}: ${argument}: two outputs have the label ${JSON.stringify(label)}; give one of them another label`,
      );
    }
    seen.add(label);
  }
}

function describeOutputs({ outputs }: Task): string {
  const labels = outputs.map(({ label }, i) => label || String(i)).join(", ");
  if (outputs.length === 0) return "this task has no output";
  return `this task has ${outputs.length} outputs (${labels}); choose one with .out(index or label)`;
}
