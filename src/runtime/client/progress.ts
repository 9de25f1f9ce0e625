import { interruption } from "../platform/abort.ts";
import type { SessionProgress, SessionState } from "../protocol/messages/index.ts";
import type { Connection } from "./connection/connection.ts";
import { Mailbox } from "./connection/mailbox.ts";

const ENDED: ReadonlySet<SessionState> = new Set(["finished", "failed", "cancelled", "closed"]);

/**
 * Yields the progress of a session, now and whenever it changes, until the session has ended.
 * @throws SERVER_LOST, SESSION_CLOSED, …
 */
export async function* watchProgress(
  connection: Connection,
  session: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SessionProgress, void> {
  const mailbox = new Mailbox<SessionProgress>();
  const onAbort = () => mailbox.end(signal && interruption(signal));
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  const forgetClose = connection.whenClosed((error) => mailbox.end(error));
  const stopListening = connection.listen(session, {
    onProgress: (progress) => mailbox.push(progress),
    onError: (error) => mailbox.end(error),
  });
  try {
    connection.start(
      "watch",
      { session },
      {
        resolve: (progress) => mailbox.push(progress),
        reject: (error) => mailbox.end(error),
      },
    );
    for await (const progress of mailbox.read()) {
      yield progress;
      if (ENDED.has(progress.state)) return;
    }
  } finally {
    stopListening();
    forgetClose();
    signal?.removeEventListener("abort", onAbort);
  }
}
