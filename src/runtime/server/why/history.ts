import { isoTime } from "../../model/iso-time.ts";
import type { FinishedExtra, TaskKind, TaskRunStory } from "../../protocol/messages/index.ts";
import type { JournalBody, JournalRecord } from "../journal/records.ts";
import { placedBecause } from "./placed.ts";
import type { PastWorker } from "./workers.ts";

type Body<Kind extends JournalBody[0]> = Extract<JournalBody, [Kind, unknown]>[1];
type Again = NonNullable<TaskRunStory["again"]>;

const MAX_NAMED = 3;

/** Facts about a task that `TaskHistory` needs. */
export interface HistorySubject {
  session: number;
  task: number;
  kind: TaskKind;
  /** Each input: its bytes, and the task that makes it (`undefined` for a constant). */
  inputs: readonly { size: number; producer: number | undefined }[];
  /** Tasks that use its outputs. */
  consumers: readonly number[];
  isKept: boolean;
  nameOf(task: number): string;
}

/** Collects the runs of one task from the records of its session and of the server. */
export class TaskHistory {
  readonly runs: TaskRunStory[] = [];
  readonly #subject: HistorySubject;
  readonly #workers = new Map<number, PastWorker>();
  /** Why each worker was lost. */
  readonly #losses = new Map<number, string>();
  /** Worker on which each task finished last, for tasks that make the inputs or use the outputs. */
  readonly #finishedOn = new Map<number, number>();
  readonly #failedOn = new Set<number>();
  #again: Again | undefined;

  constructor(subject: HistorySubject) {
    this.#subject = subject;
  }

  take({ time, body: entry }: JournalRecord): void {
    const [kind, body] = entry;
    switch (kind) {
      case "serverStarted":
        this.#workers.clear();
        return;
      case "workerJoined":
        this.#workers.set(body.worker, body);
        return;
      case "workerChanged": {
        const known = this.#workers.get(body.worker);
        if (known) this.#workers.set(body.worker, { ...known, types: body.types });
        return;
      }
      case "workerLost":
        this.#workers.delete(body.worker);
        this.#losses.set(body.worker, body.error?.message ?? "it stopped");
        return;
      case "sessionChanged":
        if (body.state === "failed" || body.state === "cancelled") this.#end("stopped", time);
        return;
      case "finished":
      case "found":
        for (const task of body.tasks) this.#finishedOn.set(task, body.worker);
    }
    this.#takeOwn(time, entry);
  }

  /** Handles the records about the task itself. */
  #takeOwn(time: number, [kind, body]: JournalBody): void {
    const { task } = this.#subject;
    if (kind === "failed") {
      if (body.task === task) this.#failed(body);
      return;
    }
    if (!("tasks" in body) || !body.tasks.includes(task)) return;
    switch (kind) {
      case "assigned":
        this.#assigned(time, body.worker);
        break;
      case "started":
        this.#begin(body.worker, time, body.times[body.tasks.indexOf(task)] ?? time);
        break;
      case "finished": {
        const at = body.tasks.indexOf(task);
        const extra = body.extras.find((candidate) => candidate.task === task);
        this.#ran(body.worker, "finished", body.times[at] ?? time, body.durations[at] ?? 0, extra);
        break;
      }
      case "found":
        this.#ran(body.worker, "finished", time, 0, undefined);
        break;
      case "returned":
        this.#end("returned", time);
        this.#again = { by: "returned", text: `worker ${body.worker} returned it before it started` };
        break;
      case "lost":
        this.#end("lost", time);
        this.#again = {
          by: "worker-lost",
          text: `worker ${body.worker} was lost${this.#lossOf(body.worker)}`,
        };
        break;
      case "missing":
        this.#end("unfed", time);
        this.#again = { by: "input-missing", text: `an input was not available: ${body.error.message}` };
        break;
      case "restarted":
        this.#again = { by: "output-lost", text: `an output was lost, and ${this.#neededBy()}` };
    }
  }

  #assigned(time: number, worker: number): TaskRunStory {
    const inputs = this.#subject.inputs.map(({ size, producer }) => ({
      size,
      worker: producer === undefined ? undefined : this.#finishedOn.get(producer),
    }));
    const workers = [...this.#workers.values()];
    const run: TaskRunStory = {
      worker,
      assignedAt: isoTime(time),
      outcome: "assigned",
      placed: placedBecause(this.#subject.kind, worker, workers, inputs, this.#failedOn),
      ...(this.#again && { again: this.#again }),
    };
    this.runs.push(run);
    this.#again = undefined;
    return run;
  }

  #begin(worker: number, time: number, startedAt: number): void {
    Object.assign(this.#runOn(worker, time), { startedAt: isoTime(startedAt), outcome: "running" });
  }

  #failed({ worker, time, duration, error, extra, attempt, attempts, retryAt }: Body<"failed">): void {
    this.#failedOn.add(worker);
    const run = this.#ran(worker, "failed", time, duration, extra);
    Object.assign(run, {
      error,
      attempt,
      attempts,
      ...(retryAt !== undefined && { retryAt: isoTime(retryAt) }),
    });
    if (retryAt !== undefined) this.#again = { by: "failure", text: "the previous run failed" };
  }

  #ran(
    worker: number,
    outcome: "finished" | "failed",
    endedAt: number,
    duration: number,
    extra: FinishedExtra | undefined,
  ): TaskRunStory {
    const startedAt = endedAt - duration * 1000;
    const { debug, stdoutTail: stdout, stderrTail: stderr } = extra ?? {};
    const printed = { ...(debug && { debug }), ...(stdout && { stdout }), ...(stderr && { stderr }) };
    return Object.assign(this.#runOn(worker, startedAt), {
      outcome,
      startedAt: isoTime(startedAt),
      endedAt: isoTime(endedAt),
      durationSeconds: duration,
      ...printed,
    });
  }

  /** Returns the current run. A worker that rejoined has another slot. */
  #runOn(worker: number, time: number): TaskRunStory {
    const last = this.runs.at(-1);
    if (last && last.endedAt === undefined) return Object.assign(last, { worker });
    return this.#assigned(time, worker);
  }

  #end(outcome: TaskRunStory["outcome"], time: number): void {
    const last = this.runs.at(-1);
    if (last && last.endedAt === undefined) Object.assign(last, { outcome, endedAt: isoTime(time) });
  }

  #lossOf(worker: number): string {
    const loss = this.#losses.get(worker);
    return loss === undefined ? "" : ` (${loss})`;
  }

  #neededBy(): string {
    const { consumers, isKept, nameOf } = this.#subject;
    const open = consumers.filter((task) => !this.#finishedOn.has(task)).map(nameOf);
    if (open.length === 0) return isKept ? "it is kept" : "tasks that run again need it";
    const rest = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : "";
    return `${open.slice(0, MAX_NAMED).join(", ")}${rest} needed it`;
  }
}
