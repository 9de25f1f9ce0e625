import type { Resources, Where } from "./resources.ts";
import type { RetryRule } from "./retry-rule.ts";

/** The properties that the tasks of one kind share. A session has few kinds and many tasks. */
export interface GraphKind {
  /** Canonical task type, such as `builtin/concat`. */
  type: string;
  /** The code of the task type is shipped with the session, so a worker need not offer the type. */
  shipped?: boolean | undefined;
  resources: Resources;
  /** The task runs only on these workers, and only on workers with all of these labels. */
  where?: Where | undefined;
  /** Ready tasks of a higher priority run earlier. Default: 0. */
  priority?: number | undefined;
  /** How often a failed run is repeated. A number means that many retries without delay. Default: never. */
  retries?: number | RetryRule | undefined;
  /** The core needs only the number of outputs. */
  outputs: { length: number };
  /** Index into the chunk's `groups`. */
  group: number;
}

/**
 * A part of a graph as packed columns. Task `i` of the chunk has the number `firstTask + i`. Objects are
 * numbered from `firstObject`: the constants come first, then the outputs of the tasks in task order. An
 * input refers to an object with a smaller number than the first output of its task, so a graph is acyclic by
 * construction.
 */
export interface GraphChunk {
  firstTask: number;
  firstObject: number;
  /** Sizes in bytes of the constants. */
  constantSizes: Float64Array;
  kinds: GraphKind[];
  groups: string[];
  /** Index into `kinds`, per task. */
  kind: Uint32Array;
  /** Index in `inputs` of the first input of each task, then one more entry: the length of `inputs`. */
  inputStart: Uint32Array;
  /** Object numbers. */
  inputs: Uint32Array;
  /** Pairs of a task of this chunk and a task with a smaller number that has to finish before it starts. */
  order?: Uint32Array | undefined;
  /** Numbers of the objects of this chunk that are kept. */
  keep: Uint32Array;
}
