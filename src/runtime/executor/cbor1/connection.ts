import type { Socket } from "node:net";
import { RainError } from "../../errors.ts";
import { FrameReader, frameOf } from "../frames.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import type { FromExecutor, ToExecutor } from "./messages.ts";

export interface ConnectionEvents {
  message(message: FromExecutor): void;
  /**
   * Called once, after the last message: with the error in what the executor sent, or without one if the
   * connection was closed.
   */
  ended(error: RainError | undefined): void;
}

/** The messages on one socket. An invalid message ends the connection. */
export class Connection {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  #events: ConnectionEvents;
  #ended = false;
  /** The error that ended the connection, if there was one. */
  #error: RainError | undefined;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    // The exit of the process says more than an error of its connection.
    socket.on("error", () => {});
    socket.on("close", () => this.#end(undefined));
  }

  /** Replaces the receiver of the events. Reports the end again if the connection has already ended. */
  handOver(events: ConnectionEvents): void {
    this.#events = events;
    if (this.#ended) events.ended(this.#error);
  }

  /** @throws LIMIT_EXCEEDED if it is too large, INTERNAL if it cannot be encoded */
  send(message: ToExecutor): void {
    const frame = frameOf(encodeMessage(message));
    if (!this.#ended) this.#socket.write(frame);
  }

  /** Closes the connection once everything sent has arrived. */
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
