import { RainError } from "../../errors.ts";
import { encode } from "../codec/codec.ts";
import {
  ACK_DELAY_MS,
  ACK_EVERY_FRAMES,
  MAX_FRAME_BYTES,
  PING_INTERVAL_MS,
  RESUMABLE_PING_INTERVAL_MS,
  SILENT_INTERVALS,
} from "../limits.ts";
import { closeFrame, dataFrame, parseFrame } from "./frames.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { bytesOf, closeSocket, type SocketPair } from "./sockets.ts";

const FRAME_OVERHEAD = 1024;

export interface SocketLinkOptions<In> {
  /** Validates a message. @throws INVALID_MESSAGE */
  parse: (value: unknown) => In;
  /** Milliseconds that the link may stay suspended. `undefined` if it is not resumable. */
  graceMs: number | undefined;
  /** A peer that leaves more bytes unread than this is disconnected. Absent: no limit. */
  maxPendingBytes?: number | undefined;
  /** Makes the error for a lost peer. */
  lost: (why: string) => RainError;
  /** Called when the link is suspended, and when it is closed. */
  suspended: () => void;
  closed: () => void;
}

/** A link over successive WebSockets. `attach` sets the first one and, after a suspension, the next. */
export class SocketLink<Out, In> implements Link<Out, In> {
  onSuspend?: () => void;
  onResume?: () => void;
  readonly ended: Promise<void>;

  readonly #options: SocketLinkOptions<In>;
  #state: Link<Out, In>["state"] = "open";
  #socket: SocketPair["socket"] | undefined;
  #detach: () => void = () => {};

  readonly #outbox: Outbox;
  #flushing: NodeJS.Immediate | undefined;
  #received = 0;
  #acknowledged = 0;
  #ackTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  #onBatch: ((messages: In[]) => void) | undefined;
  #undelivered: In[][] = [];
  #onClose: ((error: RainError | undefined) => void) | undefined;
  #outcome: { error: RainError | undefined } | undefined;
  #end: () => void = () => {};

  constructor(options: SocketLinkOptions<In>) {
    this.#options = options;
    this.#outbox = new Outbox(options.graceMs !== undefined);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get state(): Link<Out, In>["state"] {
    return this.#state;
  }

  get pendingBytes(): number {
    // The frames that a resumable link keeps include those in the socket.
    const inSocket = this.#options.graceMs === undefined ? (this.#socket?.bufferedAmount ?? 0) : 0;
    return this.#outbox.bytes + inSocket;
  }

  /** Number of the last frame received; after a resumption the peer sends the later ones again. */
  get received(): number {
    return this.#received;
  }

  get onBatch(): (messages: In[]) => void {
    return this.#onBatch ?? (() => {});
  }
  set onBatch(handler: (messages: In[]) => void) {
    this.#onBatch = handler;
    if (this.#undelivered.length > 0) queueMicrotask(() => this.#deliver());
  }

  get onClose(): (error: RainError | undefined) => void {
    return this.#onClose ?? (() => {});
  }
  set onClose(handler: (error: RainError | undefined) => void) {
    this.#onClose = handler;
    if (this.#outcome) queueMicrotask(() => this.#reportClose());
  }

  send(message: Out): void {
    if (this.#state === "closed") return;
    const { maxPendingBytes = Infinity, lost } = this.#options;
    if (this.pendingBytes > maxPendingBytes) {
      this.#finish(lost(`it has left ${Math.round(this.pendingBytes / 2 ** 20)} MiB of messages unread`));
      return;
    }
    const bytes = encode(message);
    if (bytes.length > MAX_FRAME_BYTES - FRAME_OVERHEAD) {
      throw new RainError(
        "LIMIT_EXCEEDED",
        `a message of ${bytes.length} bytes is larger than the limit of ${MAX_FRAME_BYTES} bytes`,
        { hint: "Send it in several parts, such as several submits." },
      );
    }
    this.#outbox.add(bytes);
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  close(error?: RainError): void {
    if (this.#state === "closed") return;
    this.#undelivered = [];
    this.#flush();
    this.#socket?.send(closeFrame(error), ignore);
    this.#finish(error);
  }

  /** Closes without a close frame, since the peer is lost. */
  fail(error: RainError): void {
    if (this.#state !== "closed") this.#finish(error);
  }

  /**
   * Continues over this socket, which replaces the previous one, if any.
   * @param peerReceived number of the last frame that the peer has received
   */
  attach({ socket, raw }: SocketPair, peerReceived: number): void {
    if (this.#state === "closed") {
      closeSocket(socket);
      return;
    }
    this.#dropSocket();
    const interval = this.#options.graceMs === undefined ? PING_INTERVAL_MS : RESUMABLE_PING_INTERVAL_MS;
    const stopHeartbeat = startHeartbeat(socket, raw, interval, () => {
      this.#lose(`it has been silent for ${(interval * SILENT_INTERVALS) / 1000} s`);
    });
    const onMessage = (data: Parameters<typeof bytesOf>[0], isBinary: boolean) => {
      this.#receive(bytesOf(data, isBinary));
    };
    const onSocketClose = (code: number) => this.#lose(`the connection broke (${code})`);
    socket.on("message", onMessage).on("close", onSocketClose).on("error", ignore);
    this.#socket = socket;
    this.#detach = () => {
      stopHeartbeat();
      socket.off("message", onMessage).off("close", onSocketClose);
    };

    clearTimeout(this.#graceTimer);
    const resumed = this.#state === "suspended";
    this.#state = "open";
    if (!this.#acknowledge(peerReceived)) return;
    for (const frame of this.#outbox.unacknowledged) socket.send(frame, ignore);
    this.#flush();
    if (resumed) this.onResume?.();
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (!this.#socket) return;
    const frames = this.#outbox.takeFrames(this.#received);
    if (frames.length > 0) this.#noteAck();
    for (const frame of frames) this.#socket.send(frame, ignore);
  }

  #receive(bytes: Uint8Array | undefined): void {
    let messages: In[];
    try {
      if (!bytes)
        throw new RainError("INVALID_MESSAGE", "a text message arrived, but only binary ones are allowed");
      const frame = parseFrame(bytes);
      if (frame.kind === "close") {
        this.#finish(frame.error);
        return;
      }
      if (!this.#acknowledge(frame.ack) || frame.seq === 0) return;
      if (frame.seq !== this.#received + 1) {
        throw new RainError("INVALID_MESSAGE", `frame ${frame.seq} came after frame ${this.#received}`);
      }
      messages = frame.messages.map(this.#options.parse);
    } catch (error) {
      this.close(RainError.from(error, "INVALID_MESSAGE"));
      return;
    }
    this.#received++;
    if (this.#options.graceMs !== undefined) this.#planAck();
    this.#undelivered.push(messages);
    this.#deliver();
  }

  /** Delivers received messages. An error of the receiver closes the link, not the process. */
  #deliver(): void {
    while (this.#onBatch) {
      const messages = this.#undelivered.shift();
      if (!messages) return;
      try {
        this.#onBatch(messages);
      } catch (error) {
        this.close(RainError.from(error));
      }
    }
  }

  /** Removes the frames that the peer has received. Returns false if the number was invalid, which closes the link. */
  #acknowledge(ack: number): boolean {
    if (ack > this.#outbox.sent) {
      const { sent } = this.#outbox;
      this.close(new RainError("INVALID_MESSAGE", `frame ${ack} is acknowledged, but ${sent} were sent`));
      return false;
    }
    this.#outbox.acknowledge(ack);
    return true;
  }

  #planAck(): void {
    if (this.#received - this.#acknowledged >= ACK_EVERY_FRAMES) this.#sendAck();
    else this.#ackTimer ??= setTimeout(() => this.#sendAck(), ACK_DELAY_MS);
  }

  #sendAck(): void {
    this.#noteAck();
    this.#socket?.send(dataFrame(0, this.#received, []), ignore);
  }

  #noteAck(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#acknowledged = this.#received;
  }

  #lose(why: string): void {
    const { graceMs, lost } = this.#options;
    this.#dropSocket();
    if (graceMs === undefined) {
      this.#finish(lost(why));
      return;
    }
    this.#state = "suspended";
    this.#graceTimer = setTimeout(() => {
      this.#finish(lost(`${why}, and it did not come back within ${graceMs / 1000} s`));
    }, graceMs);
    this.#options.suspended();
    this.onSuspend?.();
  }

  #dropSocket(): void {
    this.#detach();
    this.#detach = () => {};
    this.#socket?.terminate();
    this.#socket = undefined;
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  #finish(error: RainError | undefined): void {
    this.#state = "closed";
    clearTimeout(this.#ackTimer);
    clearTimeout(this.#graceTimer);
    clearImmediate(this.#flushing);
    this.#outbox.clear();
    this.#detach();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.readyState === socket.CLOSED) this.#end();
    else {
      socket.once("close", this.#end);
      closeSocket(socket);
    }
    this.#options.closed();
    this.#outcome = { error };
    queueMicrotask(() => this.#reportClose());
  }

  #reportClose(): void {
    if (!this.#outcome || !this.#onClose) return;
    const { error } = this.#outcome;
    this.#outcome = undefined;
    this.#onClose(error);
  }
}

/** A failed write also closes the socket, and the close event is handled. */
function ignore(): void {}
