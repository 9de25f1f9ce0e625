/* Checks tasks, their inputs and their outputs against the declaration of a task type. */

import { messageOf, RainError } from "../../errors.ts";
import type { Slots, TaskType } from "../contract/index.ts";
import type { StandardIssue, StandardSchemaV1 } from "../contract/standard-schema.ts";
import { checkSlots, type SlotValue } from "./slots.ts";

/** A task to check: declared facts before it runs, actual facts of its inputs when it is about to run. */
export interface TaskToCheck {
  /** The user's name for the type, for messages. */
  type: string;
  config?: unknown;
  inputs: readonly SlotValue[];
  outputs: readonly SlotValue[];
}

/** The location of a problem in a task, such as `["config", "args", 0]`. */
type Path = readonly (string | number)[];

/**
 * Checks a task against the declaration of its type, and returns its config for `run`, with the defaults and
 * transformations of the schema.
 * @throws RainError INVALID_GRAPH with `details.path` and `details.reason`, which says what is wrong there
 */
export function checkTask(type: TaskType, task: TaskToCheck): unknown {
  checkRole(type, task, "input");
  checkRole(type, task, "output");
  const config = checkConfig(type, task);
  if (type.check) {
    try {
      type.check({ config, inputs: task.inputs.length, outputs: task.outputs.length });
    } catch (error) {
      throw invalid(task, ["config"], messageOf(error), { cause: error });
    }
  }
  return config;
}

function checkRole(type: TaskType, task: TaskToCheck, role: "input" | "output"): void {
  const key = `${role}s` as const;
  const problem = checkSlots(type[key], task[key], role);
  if (problem === undefined) return;
  const path = problem.index === undefined ? [key] : [key, problem.index];
  throw invalid(task, path, problem.message, { label: labelOf(type[key], task[key], problem.index) });
}

/** The label given to the value, or else that of its slot. */
function labelOf(slots: Slots, values: readonly SlotValue[], index: number | undefined): string | undefined {
  if (index === undefined) return undefined;
  return values[index]?.label || slots.fixed?.[index]?.label;
}

function checkConfig(type: TaskType, task: TaskToCheck): unknown {
  const { config } = task;
  if (type.config === undefined) {
    if (config === undefined || config === null) return undefined;
    throw invalid(task, ["config"], "this task type takes no config");
  }
  const result = validate(type.config, config);
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  throw invalid(task, ["config", ...pathOf(issue)], issue?.message ?? "the config is invalid");
}

function validate(schema: StandardSchemaV1, config: unknown) {
  const result = schema["~standard"].validate(config);
  if (result instanceof Promise) {
    throw new RainError("INTERNAL", "the config schema of a task type must validate without a promise");
  }
  return result;
}

function pathOf(issue: StandardIssue | undefined): Path {
  return (issue?.path ?? []).map((step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? key : String(key);
  });
}

function invalid(
  task: TaskToCheck,
  path: Path,
  reason: string,
  { label, cause }: { label?: string | undefined; cause?: unknown } = {},
): RainError {
  const where = label ? `${formatPath(path)} (${JSON.stringify(label)})` : formatPath(path);
  return new RainError("INVALID_GRAPH", `${task.type}: ${where}: ${reason}`, {
    details: { path, reason },
    cause,
  });
}

/** Writes `["config", "args", 0]` as `config.args[0]`. */
function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}
