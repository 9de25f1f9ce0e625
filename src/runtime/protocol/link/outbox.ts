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

  /**
   * @param keepsFrames whether to keep frames until they are acknowledged, to send them again when the link
   * resumes
   */
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
    const frames: Uint8Array[] = [];
    let batch: Uint8Array[] = [];
    let bytes = 0;
    for (const message of this.#messages) {
      if (batch.length > 0 && bytes + message.length > FRAME_BYTES) {
        frames.push(this.#frame(ack, batch));
        batch = [];
        bytes = 0;
      }
      batch.push(message);
      bytes += message.length;
    }
    if (batch.length > 0) frames.push(this.#frame(ack, batch));
    this.#messages = [];
    this.#messageBytes = 0;
    return frames;
  }

  /** Removes the frames that the peer has received: those up to this one. */
  acknowledge(seq: number): void {
    let count = 0;
    for (const frame of this.#frames) {
      if (frame.seq > seq) break;
      this.#frameBytes -= frame.bytes.length;
      count++;
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
