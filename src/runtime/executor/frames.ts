import { RainError } from "../errors.ts";
import { encode } from "../protocol/codec/codec.ts";

const HEADER_BYTES = 4;
/** Larger frames are refused. */
export const MAX_FRAME_BYTES = 128 << 20;

/** A message as it travels between a worker and an executor: its length in four bytes, little-endian, then one CBOR item. */
export function frame(message: unknown): Uint8Array {
  const item = encode(message);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + item.length);
  bytes.writeUInt32LE(item.length, 0);
  bytes.set(item, HEADER_BYTES);
  return bytes;
}

/** Cuts a stream of bytes into the CBOR items of its frames. */
export class FrameReader {
  /** What has come of the frame in hand. */
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** The items that are complete now. @throws INVALID_MESSAGE for a frame that is too large */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const items: Uint8Array[] = [];
    for (;;) {
      const size = this.#frameSize();
      if (size === undefined || this.#length < HEADER_BYTES + size) return items;
      const bytes = this.#take(HEADER_BYTES + size);
      items.push(bytes.subarray(HEADER_BYTES));
    }
  }

  #frameSize(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    if (this.#chunks[0].length < HEADER_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const [{ buffer, byteOffset }] = this.#chunks;
    const size = new DataView(buffer, byteOffset).getUint32(0, true);
    if (size <= MAX_FRAME_BYTES) return size;
    throw new RainError(
      "INVALID_MESSAGE",
      `a frame of ${size} bytes came; at most ${MAX_FRAME_BYTES} are allowed`,
    );
  }

  #take(length: number): Uint8Array {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const rest = all.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(0, length);
  }
}
