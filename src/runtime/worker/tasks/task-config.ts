import { checkTask } from "../../plugin/check/task.ts";
import type { TaskType } from "../../plugin/contract/index.ts";
import { decode } from "../../protocol/codec/codec.ts";
import type { TaskRun } from "./task-run.ts";

/** Checks a task against its type, and returns its config for the code. @throws INVALID_GRAPH */
export function configOf({ assigned, inputs, outputs }: TaskRun, type: TaskType): unknown {
  const { kind, config } = assigned;
  return checkTask(type, { type: kind.typeName, config: config && decode(config), inputs, outputs });
}
