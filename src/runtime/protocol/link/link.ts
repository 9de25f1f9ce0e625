/* Links: resumable connections over WebSockets that carry typed messages. */

import type { RainError } from "../../errors.ts";

/**
 * A connection between two processes of Rain that carries typed messages both ways, in order and exactly once.
 * A resumable link survives the loss of its connection: it is suspended until the sides are connected again,
 * and closes if that takes too long.
 */
export interface Link<Out, In> {
  /**
   * Queues a message; all messages of one tick are sent in one frame. Does nothing on a closed link.
   * @throws LIMIT_EXCEEDED if the message is too large for a frame
   */
  send(message: Out): void;
  /** Bytes queued, in the socket, or not acknowledged yet: slow down while it is high. */
  readonly pendingBytes: number;
  readonly state: "open" | "suspended" | "closed";
  /** Receives the messages of one frame. Messages that arrive before it is set wait for it. */
  onBatch: (messages: In[]) => void;
  onSuspend?: () => void;
  onResume?: () => void;
  /** Called once, at the end. `undefined` means an orderly close by either side. */
  onClose: (error: RainError | undefined) => void;
  /** Sends the queued messages and a close frame, then closes. */
  close(error?: RainError): void;
  /** Settles when the link, its socket and its timers are closed. Never rejects. */
  readonly ended: Promise<void>;
}
