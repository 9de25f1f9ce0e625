import type { Client, SessionRef, SessionSummary } from "../../runtime/client/index.ts";
import { RainError } from "../../runtime/errors.ts";
import { hasEnded } from "../ui/terminal/format.ts";

/**
 * Closes the named sessions and, with `ended`, all that have ended. If one of the names is wrong, closes none.
 * @throws NOT_FOUND, SESSION_CLOSED
 */
export async function closeSessions(
  client: Client,
  refs: readonly SessionRef[],
  { ended }: { ended: boolean },
): Promise<SessionSummary[]> {
  const wanted = new Map<number, SessionSummary>();
  for (const ref of refs) {
    const summary = await client.findSession(ref);
    wanted.set(summary.session, summary);
  }
  if (ended) {
    const { sessions } = await client.status();
    for (const summary of sessions) if (hasEnded(summary.state)) wanted.set(summary.session, summary);
  }
  const closed: SessionSummary[] = [];
  for (const summary of wanted.values()) {
    try {
      await (await client.session(summary.session)).close();
    } catch (error) {
      // Of all that have ended, another client may close one first.
      if (!(ended && error instanceof RainError && error.code === "SESSION_CLOSED")) throw error;
    }
    closed.push(asClosed(summary));
  }
  return closed;
}

/** What did not end before is cancelled. */
function asClosed(summary: SessionSummary): SessionSummary {
  const { waiting, ready, running, cancelled } = summary.tasks;
  const tasks = {
    ...summary.tasks,
    waiting: 0,
    ready: 0,
    running: 0,
    cancelled: cancelled + waiting + ready + running,
  };
  return { ...summary, state: "closed", tasks };
}
