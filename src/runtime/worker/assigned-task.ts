import type { TaskType } from "../plugin/contract.ts";
import type { DataType, TaskKind } from "../protocol/submission.ts";
import { type Needs, needsOf, type Units } from "./resource-pool.ts";
import type { QueuedTask } from "./task-queue.ts";

/** What the tasks of one kind have in common, prepared once. */
export interface PreparedKind {
  readonly typeName: string;
  /** `undefined` when this worker does not have it. */
  readonly type: TaskType | undefined;
  readonly needs: Needs;
  readonly priority: number;
  /** Seconds that a run may take. */
  readonly timeout: number | undefined;
  /** One per input, or empty. */
  readonly inputLabels: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
}

export interface DeclaredOutput {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
}

export function prepareKind(kind: TaskKind, type: TaskType | undefined): PreparedKind {
  return {
    typeName: kind.type,
    type,
    needs: needsOf(kind.resources),
    priority: kind.priority ?? 0,
    timeout: kind.timeout,
    inputLabels: kind.inputLabels ?? [],
    outputs: kind.outputs.map(({ label = "", dataType, contentType = "" }) => ({
      label,
      dataType,
      contentType,
    })),
  };
}

/** A task that the server gave this worker. */
export class AssignedTask implements QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly kind: PreparedKind;
  /** A CBOR item. */
  readonly config: Uint8Array | undefined;
  /** Empty when it has none. */
  readonly name: string;
  /** Number of its first output; the others follow. */
  readonly firstOutput: number;
  readonly inputs: readonly number[];
  missing = 0;
  state: QueuedTask["state"] = "waiting";
  units: Units | undefined;

  constructor(of: {
    session: number;
    id: number;
    kind: PreparedKind;
    config: Uint8Array | undefined;
    name: string;
    firstOutput: number;
    inputs: readonly number[];
  }) {
    this.session = of.session;
    this.id = of.id;
    this.kind = of.kind;
    this.config = of.config;
    this.name = of.name;
    this.firstOutput = of.firstOutput;
    this.inputs = of.inputs;
  }

  get needs(): Needs {
    return this.kind.needs;
  }

  get priority(): number {
    return this.kind.priority;
  }
}
