import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import type { TaskType } from "../../plugin/contract/index.ts";
import type { TaskKind } from "../../protocol/messages/index.ts";
import type { QueuedTask } from "../../task-queue/index.ts";
import { type Needs, needsOf, type Units } from "../../task-queue/resource-pool.ts";

/** Of the durations that tasks of a kind have had, the newest counts this much. */
const NEWEST_WEIGHT = 0.2;

/** What the tasks of one kind have in common, prepared once. */
export class PreparedKind {
  readonly typeName: string;
  /** What runs it in this process; `undefined` when that is an executor, or this worker does not have it. */
  readonly type: TaskType | undefined;
  readonly needs: Needs;
  /** Bytes that it asks for. */
  readonly memory: number | undefined;
  readonly priority: number;
  /** Seconds that a run may take. */
  readonly timeout: number | undefined;
  /** One per input, or empty. */
  readonly inputLabels: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
  /** A moving average of how long its runs in executors take. */
  seconds: number | undefined;

  constructor(kind: TaskKind, type: TaskType | undefined) {
    this.typeName = kind.type;
    this.type = type;
    this.needs = needsOf(kind.resources);
    this.memory = kind.resources.memory;
    this.priority = kind.priority ?? 0;
    this.timeout = kind.timeout;
    this.inputLabels = kind.inputLabels ?? [];
    this.outputs = kind.outputs.map(({ label = "", dataType, contentType = "" }) => ({
      label,
      dataType,
      contentType,
    }));
  }

  /** A run has taken so long. */
  ran(seconds: number): void {
    const before = this.seconds ?? seconds;
    this.seconds = before + NEWEST_WEIGHT * (seconds - before);
  }
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
  /** Objects whose bytes the server wants; of other tasks, too. */
  readonly wanted: ReadonlySet<number> | undefined;
  missing = 0;
  state: QueuedTask["state"] = "waiting";
  units: Units | undefined;
  sharing: QueuedTask["sharing"];

  constructor(of: {
    session: number;
    id: number;
    kind: PreparedKind;
    config: Uint8Array | undefined;
    name: string;
    firstOutput: number;
    inputs: readonly number[];
    wanted?: ReadonlySet<number>;
  }) {
    this.session = of.session;
    this.id = of.id;
    this.kind = of.kind;
    this.config = of.config;
    this.name = of.name;
    this.firstOutput = of.firstOutput;
    this.inputs = of.inputs;
    this.wanted = of.wanted;
  }

  get needs(): Needs {
    return this.kind.needs;
  }

  get priority(): number {
    return this.kind.priority;
  }
}
