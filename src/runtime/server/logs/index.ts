import { RainError } from "../../errors.ts";
import type { LogEntry, LogQuery } from "../../protocol/messages/client-messages.ts";
import type { Submission } from "../../protocol/messages/submission.ts";
import { readJournal } from "../journal/reader.ts";
import type { JournalBody, JournalRecord } from "../journal/records.ts";
import type { Journal } from "../journal/writer.ts";
import { getOrInsert } from "../sessions/get-or-insert.ts";

/** What a line says of its task; learned from the submits on the way. */
interface TaskNames {
  keys: Map<number, string>;
  names: Map<number, string>;
  parts: { firstTask: number; kind: Uint32Array; types: string[] }[];
  /** Tasks in the chunks of a submit that is not complete yet. */
  coming: number;
}

type Body<Kind extends JournalBody[0]> = Extract<JournalBody, [Kind, unknown]>[1];

const FLUSH_AT = 256;
/** Of what happens while a follower is still busy with what happened before. */
const MAX_BEHIND = 10_000;

/**
 * The journal told as log entries, in batches, oldest first. With `follow` it goes on with what happens until `signal` aborts.
 * @throws what `signal` was aborted with, LIMIT_EXCEEDED when it is read much more slowly than things happen
 */
export async function* readLogs(
  journal: Journal,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogEntry[]> {
  const teller = new Teller(query);
  const live: JournalRecord[] = [];
  let wake: (() => void) | undefined;
  let isBehind = false;
  const unlisten = journal.listen((record) => {
    if (!query.follow || isBehind || !teller.mayTell(record)) return;
    isBehind = live.push(record) > MAX_BEHIND;
    if (isBehind) live.length = 0;
    wake?.();
  });
  const woken = () => wake?.();
  signal.addEventListener("abort", woken, { once: true });
  try {
    const end = journal.length;
    await journal.flush();
    let batch: LogEntry[] = [];
    for await (const record of readJournal(journal.path, {
      session: query.server ? 0 : query.session,
      end,
    })) {
      signal.throwIfAborted();
      for (const entry of teller.tell(record)) batch.push(entry);
      if (batch.length >= FLUSH_AT) {
        yield batch;
        batch = [];
      }
    }
    yield batch;
    while (query.follow) {
      signal.throwIfAborted();
      if (isBehind) throw tooSlow();
      const entries = live.splice(0).flatMap((record) => [...teller.tell(record)]);
      if (entries.length > 0) yield entries;
      if (live.length === 0 && !isBehind && !signal.aborted)
        await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unlisten();
    signal.removeEventListener("abort", woken);
  }
}

function tooSlow(): RainError {
  return new RainError("LIMIT_EXCEEDED", "the log is read more slowly than things happen", {
    hint: "Follow one session or worker, or read the log when the session has ended.",
  });
}

function describeAttempt({ attempt, attempts, time, retryAt }: Body<"failed">): string {
  const which = `attempt ${attempt} of ${attempts}`;
  const seconds = retryAt === undefined ? 0 : (retryAt - time) / 1000;
  return seconds < 0.1 ? which : `${which}, the next in ${seconds.toFixed(1)} s`;
}

/** Turns records into the entries that the query asks for. */
class Teller {
  readonly #query: LogQuery;
  readonly #sessions = new Map<number, TaskNames>();

  constructor(query: LogQuery) {
    this.#query = query;
  }

  /** Whether the record is about what the query asks for. */
  mayTell({ session }: JournalRecord): boolean {
    if (this.#query.server) return session === 0;
    return session !== 0 && session === (this.#query.session ?? session);
  }

  *tell(record: JournalRecord): Generator<LogEntry> {
    if (!this.mayTell(record)) return;
    for (const entry of this.#entries(record)) if (this.#wanted(entry)) yield entry;
  }

  #wanted(entry: LogEntry): boolean {
    const { task, worker, failed } = this.#query;
    if (task !== undefined && entry.task !== task) return false;
    if (worker !== undefined && entry.worker !== worker) return false;
    return !failed || entry.event === "failed" || entry.state === "failed";
  }

  *#entries({ session, time, body: [kind, body] }: JournalRecord): Generator<LogEntry> {
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
        const message = `offers ${body.types.length} task types now`;
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
          message: "its connection dropped; waiting for it",
        };
        return;
      case "workerResumed":
        yield { time, event: "worker-resumed", worker: body.worker };
        return;
      case "sessionOpened":
        yield { time, ...base, event: "session-opened", message: `${body.name} by ${body.client}` };
        return;
      case "submitted": {
        const count = this.#learn(session, body);
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
          const at = body.times[i];
          yield {
            time: at,
            ...base,
            event: "started",
            worker: body.worker,
            ...this.#describe(session, task),
          };
        }
        return;
      case "finished": {
        const extras = new Map(body.extras.map((extra) => [extra.task, extra]));
        for (const [i, task] of body.tasks.entries()) {
          const extra = extras.get(task);
          yield {
            time: body.times[i],
            ...base,
            event: "finished",
            worker: body.worker,
            ...this.#describe(session, task),
            duration: body.durations[i],
            ...(extra && { debug: extra.debug, stdout: extra.stdoutTail, stderr: extra.stderrTail }),
          };
        }
        return;
      }
      case "found": {
        const message = "had finished; its worker told when it came back";
        yield* this.#ofEach(body.tasks, session, { time, event: "found", worker: body.worker, message });
        return;
      }
      case "lost": {
        const message = "its worker is lost; it goes to another";
        yield* this.#ofEach(body.tasks, session, { time, event: "restarted", worker: body.worker, message });
        return;
      }
      case "restarted": {
        const message = "what it made is lost; it runs again";
        yield* this.#ofEach(body.tasks, session, { time, event: "restarted", message });
        return;
      }
      case "missing": {
        const { worker, error, tasks } = body;
        yield* this.#ofEach(tasks, session, { time, event: "restarted", worker, message: error.message });
        return;
      }
      case "skipped": {
        const { key, name } = this.#describe(session, body.cause);
        const message = `it needs what ${name ?? key ?? `#${body.cause}`} was to make`;
        yield* this.#ofEach(body.tasks, session, { time, event: "skipped", message });
        return;
      }
      case "failed":
        yield {
          time: body.time,
          ...base,
          event: "failed",
          worker: body.worker,
          ...this.#describe(session, body.task),
          ...(body.attempts > 1 && { message: describeAttempt(body) }),
          attempt: body.attempt,
          attempts: body.attempts,
          retryAt: body.retryAt,
          duration: body.duration,
          error: body.error,
          debug: body.extra.debug,
          stdout: body.extra.stdoutTail,
          stderr: body.extra.stderrTail,
        };
    }
  }

  /** What happened to each of these tasks alike. */
  *#ofEach(tasks: Uint32Array, session: number, entry: LogEntry): Generator<LogEntry> {
    for (const task of tasks) yield { ...entry, session, ...this.#describe(session, task) };
  }

  /** Answers how many tasks the submit has so far. */
  #learn(session: number, { chunk, more }: { chunk: Submission; more: boolean }): number {
    const known = getOrInsert<number, TaskNames>(this.#sessions, session, () => ({
      keys: new Map(),
      names: new Map(),
      parts: [],
      coming: 0,
    }));
    const { firstTask, kind } = chunk;
    known.parts.push({ firstTask, kind, types: chunk.kinds.map(({ type }) => type) });
    for (const [i, task] of chunk.taskKeys.of.entries()) known.keys.set(task, chunk.taskKeys.text[i]);
    for (const [i, task] of chunk.names.of.entries()) known.names.set(task, chunk.names.text[i]);
    const count = known.coming + kind.length;
    known.coming = more ? count : 0;
    return count;
  }

  #describe(session: number, task: number): Pick<LogEntry, "task" | "key" | "name" | "type"> {
    const known = this.#sessions.get(session);
    const part = known?.parts.findLast(({ firstTask }) => firstTask <= task);
    return {
      task,
      key: known?.keys.get(task),
      name: known?.names.get(task),
      type: part?.types[part.kind[task - part.firstTask]],
    };
  }
}
