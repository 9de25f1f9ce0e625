import type { Resources } from "./resources.ts";
import type { RetryRule } from "./retry-rule.ts";

/** What the tasks of one kind have in common. Kinds are few, tasks are many. */
export interface GraphKind {
  /** Canonical task type, such as `builtin/concat`. */
  type: string;
  /** The code of the task type travels with the session: a worker need not offer it. */
  shipped?: boolean;
  resources: Resources;
  /** Only on these workers, and only where all of these labels hold. */
  where?: { workers?: readonly number[]; labels?: Record<string, string> };
  /** The higher, the earlier among ready tasks. Default: 0. */
  priority?: number;
  /** How often a failed run is repeated. A number stands for that many times, without delay. Default: never. */
  retries?: number | RetryRule;
  /** Only the number of outputs matters to the core. */
  outputs: { length: number };
  /** Index into the chunk's `groups`. */
  group: number;
}

/**
 * A part of a graph as packed columns. Tasks are numbered `firstTask + i`. Objects are numbered from `firstObject`:
 * first the constants, then the outputs of the tasks in task order. An input refers to an object with a smaller number than
 * the first output of its task, so a graph is acyclic by construction.
 */
export interface GraphChunk {
  firstTask: number;
  firstObject: number;
  /** Sizes in bytes of the constants. */
  constantSizes: Float64Array;
  kinds: GraphKind[];
  groups: string[];
  /** Per task: index into `kinds`. */
  kind: Uint32Array;
  /** Per task, plus one: where its inputs start in `inputs`. */
  inputStart: Uint32Array;
  /** Object numbers. */
  inputs: Uint32Array;
  /** Numbers of the objects of this chunk that are kept. */
  keep: Uint32Array;
}
