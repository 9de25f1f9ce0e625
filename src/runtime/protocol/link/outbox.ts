import { FRAME_BYTES } from "../limits.ts";
import { dataFrame } from "./frames.ts";

/** The unsent messages of one side of a link, which wait for the end of the tick, and its unacknowledged frames. */
export class Outbox {
  readonly #keepsFrames: boolean;
  #messages: Uint8Array[] = [];
  #messageBytes = 0;
  /** Oldest first. */
  #frames: { seq: number; bytes: Uint8Array }[] = [];
  #frameBytes = 0;
  /** Number of the last frame. */
  #sent = 0;

  /** @param keepsFrames whether frames are kept until they are acknowledged, to be sent again after a break */
  constructor(keepsFrames: boolean) {
    this.#keepsFrames = keepsFrames;
  }

  /** Bytes of all messages and frames in it. */
  get bytes(): number {
    return this.#messageBytes + this.#frameBytes;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Frames that the peer may not have received, in order. */
  get unacknowledged(): Uint8Array[] {
    return this.#frames.map(({ bytes }) => bytes);
  }

  /** Adds an encoded message. */
  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#messageBytes += message.length;
  }

  /** Puts all waiting messages into frames. @param ack number of the last frame received */
  takeFrames(ack: number): Uint8Array[] {
    const messages = this.#messages;
    const frames: Uint8Array[] = [];
    let from = 0;
    while (from < messages.length) {
      let to = from;
      let bytes = 0;
      do bytes += messages[to++].length;
      while (to < messages.length && bytes + messages[to].length <= FRAME_BYTES);
      frames.push(this.#frame(ack, messages.slice(from, to)));
      from = to;
    }
    this.#messages = [];
    this.#messageBytes = 0;
    return frames;
  }

  /** Removes the frames that the peer has received: those up to this one. */
  acknowledge(seq: number): void {
    let count = 0;
    while (count < this.#frames.length && this.#frames[count].seq <= seq) {
      this.#frameBytes -= this.#frames[count++].bytes.length;
    }
    if (count > 0) this.#frames.splice(0, count);
  }

  clear(): void {
    this.#messages = [];
    this.#frames = [];
    this.#messageBytes = this.#frameBytes = 0;
  }

  #frame(ack: number, messages: Uint8Array[]): Uint8Array {
    const seq = ++this.#sent;
    const bytes = dataFrame(seq, ack, messages);
    if (this.#keepsFrames) {
      this.#frames.push({ seq, bytes });
      this.#frameBytes += bytes.length;
    }
    return bytes;
  }
}
