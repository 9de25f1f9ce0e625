import { RainError } from "../../errors.ts";

/** Of one frame, without its length. */
export const MAX_FRAME_BYTES = 128 * 2 ** 20;

const HEADER = 4;

/** A frame with this content: its length in 4 bytes, little endian, and the content. @throws LIMIT_EXCEEDED */
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

/** Cuts a stream of bytes into the contents of frames. Memory is taken for what has come, not for what is announced. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  /** Bytes in `#chunks`. */
  #held = 0;
  /** Bytes of the frame at the front, with its header; the header alone while the length is not known. */
  #needed = HEADER;

  /** The frames that these bytes complete. They may be views of the bytes. @throws INVALID_MESSAGE for one that is too large */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];
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
    this.#held = bytes.length - at;
    return frames;
  }

  /** Whether the bytes so far end within a frame. */
  get cut(): boolean {
    return this.#held > 0;
  }
}

/** The length that stands there, if all of it has come. */
function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length - at < HEADER) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER).getUint32(0, true);
  if (length <= MAX_FRAME_BYTES) return length;
  throw new RainError(
    "INVALID_MESSAGE",
    `a frame of ${length} bytes is announced; at most ${MAX_FRAME_BYTES} are allowed`,
  );
}
