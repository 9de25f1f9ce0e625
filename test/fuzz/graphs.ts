import { encode } from "../../src/runtime/protocol/codec/codec.ts";
import type { Constant, Submission, TaskKind } from "../../src/runtime/protocol/messages/index.ts";

export interface PlainTask {
  /** The index of its kind. */
  kind: number;
  /** Object numbers. Constants are numbered first, then the outputs in the order of the tasks. */
  inputs?: number[];
  config?: unknown;
}

/** Makes the message for a graph. */
export function submissionOf(
  kinds: (Pick<TaskKind, "type" | "outputs"> & Partial<TaskKind>)[],
  tasks: PlainTask[],
  { constants = [], keep = [] }: { constants?: Constant[]; keep?: number[] } = {},
): Submission {
  const inputStart = [0];
  const config: number[] = [];
  const configs: Uint8Array[] = [];
  let inputs = 0;
  for (const task of tasks) {
    inputs += task.inputs?.length ?? 0;
    inputStart.push(inputs);
    if (task.config !== undefined) configs.push(encode(task.config));
    config.push(task.config === undefined ? 0 : configs.length);
  }
  const start = [0];
  let bytes = 0;
  for (const { length } of configs) {
    bytes += length;
    start.push(bytes);
  }
  const none = { of: new Uint32Array(), text: [] };
  return {
    firstTask: 0,
    firstObject: 0,
    constants,
    kinds: kinds.map((kind) => ({ resources: { cpus: 1 }, group: 0, ...kind })),
    groups: [""],
    kind: Uint32Array.from(tasks, ({ kind }) => kind),
    inputStart: Uint32Array.from(inputStart),
    inputs: Uint32Array.from(tasks.flatMap(({ inputs = [] }) => inputs)),
    config: Uint32Array.from(config),
    configs: { start: Uint32Array.from(start), bytes: Buffer.concat(configs) },
    keep: Uint32Array.from(keep),
    names: { ...none },
    taskKeys: { ...none },
    constantKeys: { ...none },
    users: { of: new Uint32Array(), value: [] },
  };
}

/** Makes tasks of the type that `workerHello` offers, each with two outputs. */
export function hostileTasks(count: number): Submission {
  const kind = {
    type: "hostile/task",
    outputs: [{ dataType: "blob" as const }, { dataType: "blob" as const }],
  };
  return submissionOf(
    [kind],
    Array.from({ length: count }, () => ({ kind: 0 })),
  );
}
