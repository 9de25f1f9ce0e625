import type { GraphChunk, GraphKind } from "../../../../src/runtime/model/graph.ts";
export interface TaskSketch extends Pick<GraphKind, "shipped" | "where" | "priority" | "retries"> {
  inputs?: number[] | undefined;
  outputs?: number;
  type?: string | undefined;
  cpus?: number;
  memory?: number;
  named?: Record<string, number> | undefined;
  group?: string;
}

export interface ChunkSketch {
  firstTask?: number;
  firstObject?: number;
  /** Sizes of constants in bytes. */
  constants?: number[];
  tasks?: TaskSketch[];
  keep?: number[];
}

/** Creates a chunk with one kind per task. */
export function chunk(sketch: ChunkSketch): GraphChunk {
  const tasks = sketch.tasks ?? [];
  const groups = [...new Set(["", ...tasks.map((task) => task.group ?? "")])];
  const inputs = tasks.map((task) => task.inputs ?? []);
  const inputStart = [0];
  for (const list of inputs) inputStart.push(inputStart.at(-1)! + list.length);
  return {
    firstTask: sketch.firstTask ?? 0,
    firstObject: sketch.firstObject ?? 0,
    constantSizes: Float64Array.from(sketch.constants ?? []),
    kinds: tasks.map((task) => ({
      type: task.type ?? "t",
      shipped: task.shipped,
      resources: { cpus: task.cpus ?? 1, memory: task.memory, named: task.named },
      where: task.where,
      priority: task.priority,
      retries: task.retries,
      outputs: { length: task.outputs ?? 1 },
      group: groups.indexOf(task.group ?? ""),
    })),
    groups,
    kind: Uint32Array.from(tasks, (_, i) => i),
    inputStart: Uint32Array.from(inputStart),
    inputs: Uint32Array.from(inputs.flat()),
    keep: Uint32Array.from(sketch.keep ?? []),
  };
}
