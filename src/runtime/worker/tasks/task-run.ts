import { RainError } from "../../errors.ts";
import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import type { Slots, TaskContext } from "../../plugin/contract/index.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import { RunContext } from "../../plugin/running/run-context.ts";
import type { FinishedExtra, ObjectRemarks } from "../../protocol/messages/index.ts";
import type { Units } from "../../task-queue/resource-pool.ts";
import type { AssignedTask } from "./assigned-task.ts";
import type { TaskDirs } from "./task-dirs.ts";
import type { StoredInput } from "./task-input.ts";

export type Remarks = Pick<FinishedExtra, "debug" | "stdoutTail" | "stderrTail" | "user" | "objects">;

/** Characters of a debug text that are reported: its end, since the server refuses reports that are too large. */
const MAX_DEBUG = 1 << 16;

/** One run of a task on this worker, as the code of a built-in task sees it. */
export class TaskRun extends RunContext<StoredInput> implements TaskContext {
  readonly assigned: AssignedTask;
  /** On the clock of `performance.now()`. */
  startedAt: number;
  /** Set before the code of the task runs, like `config`. */
  inputs: readonly StoredInput[] = [];
  config: unknown;
  /** Directory in which outputs that are given by path must lie. Absent: `dir()`. */
  outputRoot: string | undefined;
  /** Why the run was told to stop, if that must be reported. */
  failure: RainError | undefined;
  /** Whether the end of a run that was told to stop has been handled. */
  isOver = false;
  readonly graceMs: number | undefined;
  readonly #dirs: TaskDirs;
  #dir: string | undefined;
  #objects: ObjectRemarks[] | undefined;

  constructor(assigned: AssignedTask, startedAt: number, dirs: TaskDirs, graceMs?: number) {
    super();
    this.assigned = assigned;
    this.startedAt = startedAt;
    this.#dirs = dirs;
    this.graceMs = graceMs;
  }

  get task(): { session: number; id: number; name: string; user: unknown } {
    const { session, id, name, user } = this.assigned;
    return { session, id, name, user };
  }

  protected get inputSlots(): Slots {
    return this.assigned.kind.type?.inputs ?? {};
  }

  get resources(): Units {
    return this.assigned.units ?? {};
  }

  get memory(): number | undefined {
    return this.assigned.kind.memory;
  }

  get outputs(): readonly DeclaredOutput[] {
    return this.assigned.kind.outputs;
  }

  async dir(): Promise<string> {
    this.#dir ??= this.#dirs.take();
    return this.#dir;
  }

  /** Makes an existing directory, such as one made by an executor, the task's own. */
  takeDir(path: string): void {
    this.#dir = path;
  }

  /** Adds what the code says about an output. */
  remarkOn(output: number, { debug, user }: { debug: string; user?: unknown }): void {
    const value = user === null ? undefined : plainJson(user);
    if (!debug && value === undefined) return;
    this.#objects ??= [];
    this.#objects.push({
      object: this.assigned.firstOutput + output,
      ...(debug ? { debug: endOf(debug) } : {}),
      ...(value === undefined ? {} : { user: value }),
    });
  }

  /** @throws CANCELLED */
  throwIfAborted(): void {
    if (this.aborted) throw new RainError("CANCELLED", "the task was told to stop");
  }

  /** The facts that the run reports besides its outputs; `undefined` if there are none. */
  remarks(): Remarks | undefined {
    const { debugText: debug, userInfo, printedTails } = this;
    const objects = this.#objects;
    if ((debug ?? userInfo ?? printedTails ?? objects) === undefined) return undefined;
    const { stdout, stderr } = printedTails ?? {};
    const user = userInfo === undefined ? undefined : plainJson(userInfo);
    if (debug === undefined && user === undefined && !stdout && !stderr && !objects) return undefined;
    return {
      ...(debug === undefined ? {} : { debug: endOf(debug) }),
      ...(stdout ? { stdoutTail: stdout } : {}),
      ...(stderr ? { stderrTail: stderr } : {}),
      ...(user === undefined ? {} : { user }),
      ...(objects && { objects }),
    };
  }

  /** Gives up the task's own directory, if it has one. Returns a promise only if there is something to remove. */
  removeDir(): Promise<void> | undefined {
    return this.#dir === undefined ? undefined : this.#dirs.give(this.#dir);
  }
}

/** The end of a text, from the start of a line if it is cut. */
function endOf(text: string): string {
  if (text.length <= MAX_DEBUG) return text;
  const end = text.slice(-MAX_DEBUG);
  return end.slice(end.indexOf("\n") + 1);
}
