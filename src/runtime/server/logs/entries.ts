import { isoTime } from "../../model/iso-time.ts";
import type { LogEntry, LogQuery } from "../../protocol/messages/index.ts";
import { visibleLine } from "../../visible-text.ts";
import type { JournalBody, JournalRecord } from "../journal/records.ts";
import { TaskNames } from "./task-names.ts";

type Body<Kind extends JournalBody[0]> = Extract<JournalBody, [Kind, unknown]>[1];

function describeAttempt({ attempt, attempts, time, retryAt }: Body<"failed">): string {
  const which = `attempt ${attempt} of ${attempts}`;
  const seconds = retryAt === undefined ? 0 : (retryAt - time) / 1000;
  return seconds < 0.1 ? which : `${which}, the next in ${seconds.toFixed(1)} s`;
}

/** Turns records of the journal into the log entries that a query asks for. */
export class LogEntries {
  readonly #query: LogQuery;
  readonly #names = new TaskNames();

  constructor(query: LogQuery) {
    this.#query = query;
  }

  /** Returns whether the record may have entries that the query asks for. */
  isAsked({ session }: JournalRecord): boolean {
    if (this.#query.server) return session === 0;
    return session !== 0 && session === (this.#query.session ?? session);
  }

  *of(record: JournalRecord): Generator<LogEntry> {
    if (!this.isAsked(record)) return;
    for (const entry of this.#entries(record)) if (this.#isWanted(entry)) yield entry;
  }

  #isWanted(entry: LogEntry): boolean {
    const { task, worker, failed } = this.#query;
    if (task !== undefined && entry.task !== task) return false;
    if (worker !== undefined && entry.worker !== worker) return false;
    return !failed || entry.event === "failed" || entry.state === "failed";
  }

  *#entries({ session, time: milliseconds, body: [kind, body] }: JournalRecord): Generator<LogEntry> {
    const time = isoTime(milliseconds);
    const base = session === 0 ? {} : { session };
    switch (kind) {
      case "serverStarted":
        yield { time, event: "server-started", message: `Rain ${body.version} on ${body.address}` };
        return;
      case "serverStopped":
        yield { time, event: "server-stopped" };
        return;
      case "workerJoined":
        yield {
          time,
          event: "worker-joined",
          worker: body.worker,
          message: `${body.cpus} cpus, ${body.hostname}, process ${body.pid}, data on ${body.address}`,
        };
        return;
      case "workerChanged": {
        const message = `now offers ${body.types.length} task types`;
        yield { time, event: "worker-changed", worker: body.worker, message };
        return;
      }
      case "workerLost":
        yield { time, event: "worker-lost", worker: body.worker, error: body.error };
        return;
      case "workerSuspended":
        yield {
          time,
          event: "worker-lost",
          worker: body.worker,
          message: "its connection dropped; waiting for it to come back",
        };
        return;
      case "workerResumed":
        yield { time, event: "worker-resumed", worker: body.worker };
        return;
      case "sessionOpened":
        yield {
          time,
          ...base,
          event: "session-opened",
          message: visibleLine(`${body.name} by ${body.client}`),
        };
        return;
      case "submitted": {
        const count = this.#names.learn(session, body);
        if (body.more) return;
        yield { time, ...base, event: "submitted", message: count === 1 ? "1 task" : `${count} tasks` };
        return;
      }
      case "unkept":
        yield { time, ...base, event: "unkept", message: `objects ${body.objects.join(", ")}` };
        return;
      case "sessionChanged":
        yield { time, ...base, event: "session-changed", state: body.state, error: body.error };
        return;
      case "assigned":
        yield* this.#ofEach(body.tasks, session, { time, event: "assigned", worker: body.worker });
        return;
      case "started":
        for (const [i, task] of body.tasks.entries()) {
          yield {
            time: isoTime(body.times[i] ?? milliseconds),
            ...base,
            event: "started",
            worker: body.worker,
            ...this.#names.describe(session, task),
          };
        }
        return;
      case "finished": {
        const extras = new Map(body.extras.map((extra) => [extra.task, extra]));
        for (const [i, task] of body.tasks.entries()) {
          const extra = extras.get(task);
          yield {
            time: isoTime(body.times[i] ?? milliseconds),
            ...base,
            event: "finished",
            worker: body.worker,
            ...this.#names.describe(session, task),
            durationSeconds: body.durations[i],
            ...(extra && { debug: extra.debug, stdout: extra.stdoutTail, stderr: extra.stderrTail }),
          };
        }
        return;
      }
      case "found": {
        const message = "had finished; its worker reported it after rejoining";
        yield* this.#ofEach(body.tasks, session, { time, event: "found", worker: body.worker, message });
        return;
      }
      case "lost": {
        const message = "its worker was lost; it runs again";
        yield* this.#ofEach(body.tasks, session, { time, event: "restarted", worker: body.worker, message });
        return;
      }
      case "restarted": {
        const message = "its outputs were lost; it runs again";
        yield* this.#ofEach(body.tasks, session, { time, event: "restarted", message });
        return;
      }
      case "missing": {
        const { worker, error, tasks } = body;
        yield* this.#ofEach(tasks, session, { time, event: "restarted", worker, message: error.message });
        return;
      }
      case "skipped": {
        const { key, name } = this.#names.describe(session, body.cause);
        const message = `it needs an output of ${visibleLine(name ?? key ?? `#${body.cause}`)}`;
        yield* this.#ofEach(body.tasks, session, { time, event: "skipped", message });
        return;
      }
      case "failed":
        yield {
          time: isoTime(body.time),
          ...base,
          event: "failed",
          worker: body.worker,
          ...this.#names.describe(session, body.task),
          ...(body.attempts > 1 && { message: describeAttempt(body) }),
          attempt: body.attempt,
          attempts: body.attempts,
          ...(body.retryAt !== undefined && { retryAt: isoTime(body.retryAt) }),
          durationSeconds: body.duration,
          error: body.error,
          debug: body.extra.debug,
          stdout: body.extra.stdoutTail,
          stderr: body.extra.stderrTail,
        };
    }
  }

  /** Yields one entry per task. */
  *#ofEach(tasks: Uint32Array, session: number, entry: LogEntry): Generator<LogEntry> {
    for (const task of tasks) yield { ...entry, session, ...this.#names.describe(session, task) };
  }
}
