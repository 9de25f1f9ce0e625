import { RainError } from "../../errors.ts";
import type { DeclaredOutput } from "../../plugin/check/outputs.ts";
import type { TaskContext } from "../../plugin/contract/index.ts";
import { inputsByLabel } from "../../plugin/loading/outputs.ts";
import { plainJson } from "../../plugin/loading/plain-json.ts";
import type { FinishedExtra } from "../../protocol/messages/worker-messages.ts";
import type { AssignedTask } from "./assigned-task.ts";
import type { Units } from "./resource-pool.ts";
import type { TaskDirs } from "./task-dirs.ts";
import type { StoredInput } from "./task-input.ts";

export type Remarks = Pick<FinishedExtra, "debug" | "stdoutTail" | "stderrTail" | "user">;

/** One run of a task, as the task's code sees it. What few tasks use is made when it is asked for. */
export class TaskRun implements TaskContext {
  readonly assigned: AssignedTask;
  /** On the clock of `performance.now()`. */
  startedAt: number;
  /** Set before the task's code runs, like `config`. */
  inputs: readonly StoredInput[] = [];
  config: unknown;
  /** Where outputs may lie that are given by path. Absent: in `dir()`. */
  outputRoot: string | undefined;
  readonly #dirs: TaskDirs;
  #dir: string | undefined;
  #abort: AbortController | undefined;
  #aborted = false;
  /** Why the run was stopped, if that is to be reported. */
  failure: RainError | undefined;
  #byLabel: Record<string, StoredInput> | undefined;
  #info: { user: unknown } | undefined;
  #debug: string | undefined;
  #printed: { stdout?: string; stderr?: string } | undefined;

  constructor(assigned: AssignedTask, startedAt: number, dirs: TaskDirs) {
    this.assigned = assigned;
    this.startedAt = startedAt;
    this.#dirs = dirs;
  }

  get task(): { session: number; id: number; name: string } {
    const { session, id, name } = this.assigned;
    return { session, id, name };
  }

  get input(): Readonly<Record<string, StoredInput>> {
    this.#byLabel ??= inputsByLabel(this.assigned.kind.type?.inputs ?? {}, this.inputs);
    return this.#byLabel;
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

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted) this.#abort.abort();
    return this.#abort.signal;
  }

  get info(): { user: unknown } {
    this.#info ??= { user: undefined };
    return this.#info;
  }

  debug(message: string): void {
    this.#debug = this.#debug === undefined ? `${message}` : `${this.#debug}\n${message}`;
  }

  async dir(): Promise<string> {
    this.#dir ??= this.#dirs.take();
    return this.#dir;
  }

  /** Makes a directory that is there already, such as one made by an executor, the task's own. */
  takeDir(path: string): void {
    this.#dir = path;
  }

  printed(tails: { stdout?: string; stderr?: string }): void {
    this.#printed = tails;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** @throws CANCELLED */
  throwIfAborted(): void {
    if (this.#aborted) throw new RainError("CANCELLED", "the task was told to stop");
  }

  abort(failure?: RainError): void {
    this.#aborted = true;
    this.failure = failure;
    this.#abort?.abort();
  }

  /** What the run told besides its outputs. `undefined` when that is nothing. */
  remarks(): Remarks | undefined {
    const { stdout, stderr } = this.#printed ?? {};
    const user = this.#info && plainJson(this.#info.user);
    if (this.#debug === undefined && user === undefined && !stdout && !stderr) return undefined;
    return {
      ...(this.#debug === undefined ? {} : { debug: this.#debug }),
      ...(stdout ? { stdoutTail: stdout } : {}),
      ...(stderr ? { stderrTail: stderr } : {}),
      ...(user === undefined ? {} : { user }),
    };
  }

  /** Gives up the task's own directory, if it has one. Answers a promise only when there is something to remove. */
  removeDir(): Promise<void> | undefined {
    return this.#dir === undefined ? undefined : this.#dirs.give(this.#dir);
  }
}
