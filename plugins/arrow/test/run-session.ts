import { runTask, type TestInput } from "rain-tasks/testing";
import plugin from "../src/index.ts";

/** A task of a session file. */
export interface SessionTask {
  type: string;
  inputs: string[];
  outputs?: string[];
  config?: unknown;
}

/** Runs tasks one after the other in this process. Returns the data by their references. */
export async function runSession(
  objects: ReadonlyMap<string, TestInput>,
  tasks: Readonly<Record<string, SessionTask>>,
): Promise<Map<string, { bytes: Uint8Array }>> {
  const data = new Map(objects);
  const results = new Map<string, { bytes: Uint8Array }>();
  for (const [name, task] of Object.entries(tasks)) {
    const type = plugin.tasks?.find((type) => `arrow/${type.name}` === task.type);
    const inputs = task.inputs.map((ref) => data.get(ref));
    if (!type || inputs.includes(undefined))
      throw new Error(`${name} is not a task of the Arrow plugin, or comes before its inputs`);
    const outputs = task.outputs?.map((label) => ({ label }));
    const run = await runTask(type, {
      config: task.config,
      inputs: inputs as TestInput[],
      ...(outputs && { outputs }),
    });
    for (const { label, bytes, contentType } of run.outputs) {
      const ref = outputs ? `${name}.${label}` : name;
      data.set(ref, { bytes, contentType });
      results.set(ref, { bytes });
    }
  }
  return results;
}
