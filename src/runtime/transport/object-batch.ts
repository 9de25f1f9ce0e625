import * as v from "valibot";
import { RainError } from "../errors.ts";
import { decode, encode } from "../protocol/codec/codec.ts";
import type { ObjectInfo } from "../protocol/messages/index.ts";
import { parse } from "../protocol/messages/parse.ts";
import { dataType, fileFacts } from "../protocol/messages/values.ts";

/**
 * Many objects in one HTTP exchange: `POST /objects/S/batch`.
 *
 * The request body contains the numbers of the wanted objects, each as u32. The answer contains one record for each of them, in
 * the order of the request, all numbers little endian:
 *
 *     0  u32  object number
 *     4  u8   status: 0 present, 1 missing (then the record ends with its 16 bytes)
 *     5  u8   0
 *     6  u16  length of the header
 *     8  f64  length of the body
 *    16       header: CBOR of { size, dataType, contentType, file? }
 *             body: the bytes; of a directory, its tar
 */
const HEAD_BYTES = 16;
const PRESENT = 0;
const MISSING = 1;
const MAX_HEADER_BYTES = 0xffff;

const objectInfo = v.object({
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  dataType,
  contentType: v.string(),
  file: v.optional(fileFacts),
});

export function encodeBatchRequest(objects: Uint32Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(objects.length * 4);
  objects.forEach((object, i) => {
    bytes.writeUInt32LE(object, i * 4);
  });
  return bytes;
}

/** @throws INVALID_MESSAGE */
export function decodeBatchRequest(bytes: Uint8Array): Uint32Array {
  if (bytes.length % 4 !== 0) throw new RainError("INVALID_MESSAGE", "a batch request must be a list of u32");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const objects = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < objects.length; i++) objects[i] = view.getUint32(i * 4, true);
  return objects;
}

/** The record of a present object up to its body. @param bodyLength bytes of the body: of a directory, of its tar */
export function presentHead(object: number, info: ObjectInfo, bodyLength: number): Uint8Array {
  return head(object, PRESENT, encode(info), bodyLength);
}

/** The whole record of a missing object. */
export function missingRecord(object: number): Uint8Array {
  return head(object, MISSING, new Uint8Array(0), 0);
}

function head(object: number, status: number, header: Uint8Array, bodyLength: number): Uint8Array {
  if (header.length > MAX_HEADER_BYTES) throw new RainError("LIMIT_EXCEEDED", "the content type is too long");
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + header.length);
  bytes.writeUInt32LE(object, 0);
  bytes.writeUInt16LE(status, 4);
  bytes.writeUInt16LE(header.length, 6);
  bytes.writeDoubleLE(bodyLength, 8);
  bytes.set(header, HEAD_BYTES);
  return bytes;
}

/** Receives the records that a `BatchDecoder` finds, in order: `begin`, any number of `data`, `end`; or `missing`. */
export interface BatchSink {
  begin(object: number, info: ObjectInfo, bodyLength: number): void;
  /** A part of the body: a view of the chunk that was pushed. Copy it to keep it without the chunk. */
  data(bytes: Uint8Array): void;
  end(): void;
  missing(object: number): void;
}

/** Reads a batch answer as it arrives. Copies only heads that are split over chunks, never bodies. */
export class BatchDecoder {
  readonly #sink: BatchSink;
  /** Bytes of a head whose rest has not arrived yet. */
  #partial: Uint8Array = new Uint8Array(0);
  #bodyLeft = 0;
  #inBody = false;
  /**
   * The last header and its content. Most objects of a batch have the same header, and decoding it takes the
   * most time.
   */
  #header: Uint8Array = new Uint8Array(0);
  #info: ObjectInfo | undefined;

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  /** @throws INVALID_MESSAGE */
  push(chunk: Uint8Array): void {
    let rest = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    while (rest.length > 0) {
      if (!this.#inBody) {
        const headLength = this.#readHead(rest);
        if (headLength === 0) break;
        rest = rest.subarray(headLength);
      }
      if (this.#inBody) rest = this.#readBody(rest);
    }
    this.#partial = rest;
  }

  /** Ends the answer. @throws INVALID_MESSAGE when it ends within an object */
  finish(): void {
    if (this.#inBody || this.#partial.length > 0) {
      throw new RainError("INVALID_MESSAGE", "the answer to a batch of objects is incomplete");
    }
  }

  /** Returns the length of the head, or 0 if it is incomplete. */
  #readHead(bytes: Uint8Array): number {
    if (bytes.length < HEAD_BYTES) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
    const object = view.getUint32(0, true);
    const status = view.getUint16(4, true);
    const end = HEAD_BYTES + view.getUint16(6, true);
    const bodyLength = view.getFloat64(8, true);
    if (bytes.length < end) return 0;
    if (status === MISSING && end === HEAD_BYTES && bodyLength === 0) {
      this.#sink.missing(object);
      return end;
    }
    if (status !== PRESENT || !Number.isSafeInteger(bodyLength) || bodyLength < 0) {
      throw new RainError("INVALID_MESSAGE", `bad head of object ${object} in a batch`);
    }
    this.#sink.begin(object, this.#readInfo(object, bytes.subarray(HEAD_BYTES, end)), bodyLength);
    this.#bodyLeft = bodyLength;
    this.#inBody = true;
    if (bodyLength === 0) this.#endBody();
    return end;
  }

  #readInfo(object: number, header: Uint8Array): ObjectInfo {
    if (this.#info && Buffer.compare(header, this.#header) === 0) return this.#info;
    this.#info = parse(objectInfo, decode(header), `object ${object}`);
    this.#header = Buffer.from(header);
    return this.#info;
  }

  #readBody(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, Math.min(this.#bodyLeft, bytes.length));
    this.#bodyLeft -= part.length;
    this.#sink.data(part);
    if (this.#bodyLeft === 0) this.#endBody();
    return bytes.subarray(part.length);
  }

  #endBody(): void {
    this.#inBody = false;
    this.#sink.end();
  }
}
