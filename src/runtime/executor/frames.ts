import { RainError } from "../errors.ts";

/*
 * Frames on the socket between a worker and an executor, for all protocols: the length of the content in 4
 * bytes, little-endian, then the content.
 */

/** Bytes of content in one frame, at most. */
export const MAX_FRAME_BYTES = 128 * 2 ** 20;

const HEADER = 4;

/** A frame with this content. @throws LIMIT_EXCEEDED */
export function frameOf(content: Uint8Array): Uint8Array {
  if (content.length > MAX_FRAME_BYTES) {
    throw new RainError(
      "LIMIT_EXCEEDED",
      `a message of ${content.length} bytes is too large for an executor, which takes ${MAX_FRAME_BYTES}`,
    );
  }
  const frame = Buffer.allocUnsafe(HEADER + content.length);
  frame.writeUInt32LE(content.length, 0);
  frame.set(content, HEADER);
  return frame;
}

/** Splits a stream of bytes into the contents of frames. It uses memory for received bytes only, not for announced ones. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  /** Bytes in `#chunks`. */
  #buffered = 0;
  /** Bytes of the frame at the front, header included; the header alone until its length is known. */
  #needed = HEADER;

  /**
   * Returns the contents that these bytes complete; they may be views of the bytes.
   * @throws INVALID_MESSAGE for a frame that is too large
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const frames: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const length = lengthAt(bytes, at);
      this.#needed = HEADER + (length ?? 0);
      if (length === undefined || bytes.length - at < this.#needed) break;
      frames.push(bytes.subarray(at + HEADER, at + this.#needed));
      at += this.#needed;
    }
    this.#chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#buffered = bytes.length - at;
    return frames;
  }

  /** Whether the bytes so far end in the middle of a frame. */
  get cut(): boolean {
    return this.#buffered > 0;
  }
}

/** The length at this position; `undefined` if it is incomplete. */
function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length - at < HEADER) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER).getUint32(0, true);
  if (length <= MAX_FRAME_BYTES) return length;
  throw new RainError(
    "INVALID_MESSAGE",
    `a frame of ${length} bytes is announced; at most ${MAX_FRAME_BYTES} are allowed`,
  );
}
