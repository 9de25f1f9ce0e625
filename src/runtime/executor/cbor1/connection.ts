import type { Socket } from "node:net";
import { RainError } from "../../errors.ts";
import { FrameReader, frameOf } from "../frames.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import type { FromExecutor, ToExecutor } from "./messages.ts";

export interface ConnectionEvents {
  message(message: FromExecutor): void;
  /** Once: with what was wrong in what it sent, or nothing when the other side ended. Nothing more comes then. */
  ended(error: RainError | undefined): void;
}

/** The messages on one socket. What is no message ends it. */
export class Connection {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  #events: ConnectionEvents;
  #ended = false;
  /** What was wrong, once it has ended. */
  #error: RainError | undefined;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    // What broke the connection does not matter: the process tells by its exit.
    socket.on("error", () => {});
    socket.on("close", () => this.#end(undefined));
  }

  /** From now on others hear of what comes; of the end, too, when that was before. */
  handOver(events: ConnectionEvents): void {
    this.#events = events;
    if (this.#ended) events.ended(this.#error);
  }

  /** @throws LIMIT_EXCEEDED when it is too large, INTERNAL when it cannot be encoded */
  send(message: ToExecutor): void {
    const frame = frameOf(encodeMessage(message));
    if (!this.#ended) this.#socket.write(frame);
  }

  /** Lets what was sent arrive; the other side sees the end after it. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (this.#ended) return;
        this.#events.message(decodeMessage(frame));
      }
    } catch (error) {
      this.#end(RainError.from(error));
      this.#socket.destroy();
    }
  }

  #end(error: RainError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const cut = error === undefined && this.#frames.cut;
    this.#error = cut ? new RainError("INVALID_MESSAGE", "a frame is cut off") : error;
    this.#events.ended(this.#error);
  }
}
