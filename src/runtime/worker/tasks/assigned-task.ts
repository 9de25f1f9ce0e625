import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import type { TaskType } from "../../plugin/contract/index.ts";
import type { TaskKind } from "../../protocol/messages/index.ts";
import type { QueuedTask } from "../../task-queue/index.ts";
import { type Needs, needsOf, type Units } from "../../task-queue/resource-pool.ts";

/** Weight of the newest duration in the moving average. */
const NEWEST_WEIGHT = 0.2;

/** The common part of the tasks of one kind, prepared once. */
export class PreparedKind {
  readonly typeName: string;
  /**
   * The code that runs in this process; `undefined` when an executor runs the tasks, or this worker has no
   * code for them.
   */
  readonly type: TaskType | undefined;
  readonly needs: Needs;
  /** Bytes of memory that the tasks ask for. */
  readonly memory: number | undefined;
  readonly priority: number;
  /** Seconds that a run may take. */
  readonly timeout: number | undefined;
  /** One label per input, or empty. */
  readonly inputLabels: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
  /** Seconds that runs in executors take: a moving average. */
  seconds: number | undefined;

  constructor(kind: TaskKind, type: TaskType | undefined) {
    this.typeName = kind.type;
    this.type = type;
    this.needs = needsOf(kind.resources);
    this.memory = kind.resources.memory;
    this.priority = kind.priority ?? 0;
    this.timeout = kind.timeout;
    this.inputLabels = kind.inputLabels ?? [];
    this.outputs = kind.outputs.map(({ label = "", dataType, contentType = "", user }) => ({
      label,
      dataType,
      contentType,
      ...(user !== undefined && { user }),
    }));
  }

  /** Adds the duration of a run to the average. */
  ran(seconds: number): void {
    const before = this.seconds ?? seconds;
    this.seconds = before + NEWEST_WEIGHT * (seconds - before);
  }
}

/** A task that the server has assigned to this worker. */
export class AssignedTask implements QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly kind: PreparedKind;
  /** A CBOR item. */
  readonly config: Uint8Array | undefined;
  /** Empty for a task without a name. */
  readonly name: string;
  /** The `user` value with which it was submitted. */
  readonly user: unknown;
  /** The `user` values of objects, including those of other tasks. */
  readonly inputUsers: ReadonlyMap<number, unknown> | undefined;
  /** Number of its first output. The others follow. */
  readonly firstOutput: number;
  readonly inputs: readonly number[];
  /** Objects whose bytes the server needs, including those of other tasks. */
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
    user?: unknown;
    inputUsers?: ReadonlyMap<number, unknown> | undefined;
    firstOutput: number;
    inputs: readonly number[];
    wanted?: ReadonlySet<number> | undefined;
  }) {
    this.session = of.session;
    this.id = of.id;
    this.kind = of.kind;
    this.config = of.config;
    this.name = of.name;
    this.user = of.user;
    this.inputUsers = of.inputUsers;
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
