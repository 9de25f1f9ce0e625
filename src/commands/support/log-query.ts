import type { Client } from "../../runtime/client/index.ts";
import { RainError } from "../../runtime/errors.ts";
import type { LogEntry, LogQuery } from "../../runtime/protocol/messages/index.ts";
import { sessionRef } from "./session-arg.ts";

export interface LogRequest {
  session?: string | undefined;
  /** Name, key or number. */
  task?: string | undefined;
  worker?: number | undefined;
  /** Whether to show events of the server and the workers instead of a session. */
  serverEvents: boolean;
  failed: boolean;
  follow: boolean;
}

/** Reads the requested log entries. @throws NOT_FOUND if there is no such session or task */
export async function* readLogs(
  client: Client,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void> {
  const { task, worker, serverEvents: server, failed, follow } = request;
  const session = await sessionNumber(client, request);
  const isNumber = task !== undefined && /^#?\d+$/.test(task);
  const query: LogQuery = { failed, follow, server };
  if (session !== undefined) query.session = session;
  if (worker !== undefined) query.worker = worker;
  if (isNumber) query.task = Number(task.replace("#", ""));
  let found = 0;
  for await (const entry of client.logs(query, { signal })) {
    if (task !== undefined && !isNumber && entry.name !== task && entry.key !== task) continue;
    found += 1;
    yield entry;
  }
  if (found === 0 && !failed && !server) throw nothingFound(request, session);
}

/** A session number is used without a look-up, since the journal also has closed sessions. */
async function sessionNumber(client: Client, request: LogRequest): Promise<number | undefined> {
  const { session, serverEvents, worker } = request;
  if (serverEvents) return undefined;
  if (session !== undefined) {
    const ref = sessionRef(session);
    return typeof ref === "number" ? ref : (await client.session(ref)).id;
  }
  if (worker !== undefined) return undefined;
  const { sessions } = await client.status();
  if (sessions.length > 0) return Math.max(...sessions.map(({ session: id }) => id));
  throw new RainError("NOT_FOUND", "there is no session to show the log of", {
    hint: "`rain logs --server` shows events of the server; `rain logs ID` shows a closed session.",
  });
}

function nothingFound({ task, worker }: LogRequest, session: number | undefined): RainError {
  const parts = [
    task === undefined ? undefined : `task ${JSON.stringify(task)}`,
    session === undefined ? undefined : `session ${session}`,
    worker === undefined ? undefined : `worker ${worker}`,
  ];
  return new RainError("NOT_FOUND", `the log has no entries of ${parts.filter(Boolean).join(", ")}`, {
    hint: "`rain status` lists sessions and workers.",
  });
}

/**
 * `rain logs --server` shows the events of the server, `rain logs --server HOST:PORT` uses another server,
 * and both can be combined. Replaces `--server` without an address by `replacement`.
 */
export function splitServerFlag(argv: readonly string[], replacement: string): string[] {
  return argv.map((word, index) =>
    word === "--server" && !/^\S+:\d+$/.test(argv[index + 1] ?? "") ? replacement : word,
  );
}
