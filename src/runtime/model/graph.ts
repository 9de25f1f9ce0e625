import type { Resources } from "./resources.ts";
import type { RetryRule } from "./retry-rule.ts";

/** What tasks of one shape share. There are few kinds and many tasks. */
export interface GraphKind {
  /** Canonical task type, such as `builtin/concat`. */
  type: string;
  /** The code of the task type travels with the session. A worker need not offer the type. */
  shipped?: boolean;
  resources: Resources;
  /** The tasks run only on these workers, and only where all of these labels hold. */
  where?: { workers?: readonly number[]; labels?: Record<string, string> };
  /** Ready tasks of a higher priority run first. Default: 0. */
  priority?: number;
  /** How often a failed run is repeated. A number stands for that many times, without delay. Default: never. */
  retries?: number | RetryRule;
  /** The core uses only the number of outputs. */
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
