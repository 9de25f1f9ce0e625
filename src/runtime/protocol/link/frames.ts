import { type ErrorJson, RainError } from "../../errors.ts";
import { decode, encode } from "../codec/codec.ts";
import { parse } from "../messages/parse.ts";
import { errorJson } from "../messages/values.ts";

/**
 * The frames that follow the handshake on a link: data frames `[seq, ack, [message, …]]`, where `ack` is the
 * number of the last frame received. A frame that only acknowledges has `seq` 0. The last frame is `["close",
 * ErrorJson | null]`, with null for an orderly end.
 */
export type Frame =
  | { kind: "data"; seq: number; ack: number; messages: unknown[] }
  | { kind: "close"; error: RainError | undefined };

const HEADER_BYTES = 24;

/** A data frame with messages that are already encoded. */
export function dataFrame(seq: number, ack: number, messages: readonly Uint8Array[]): Uint8Array {
  let size = HEADER_BYTES;
  for (const message of messages) size += message.length;
  const frame = Buffer.allocUnsafe(size);
  frame[0] = 0x83; // an array of three
  frame[1] = 0x1b; // an unsigned integer of eight bytes
  frame.writeBigUInt64BE(BigInt(seq), 2);
  frame[10] = 0x1b;
  frame.writeBigUInt64BE(BigInt(ack), 11);
  frame[19] = 0x9a; // an array with a length of four bytes
  frame.writeUInt32BE(messages.length, 20);
  let at = HEADER_BYTES;
  for (const message of messages) {
    frame.set(message, at);
    at += message.length;
  }
  return frame;
}

export function closeFrame(error: RainError | undefined): Uint8Array {
  return encode(["close", error?.toJSON() ?? null]);
}

/** @throws INVALID_MESSAGE */
export function parseFrame(bytes: Uint8Array): Frame {
  const frame = decode(bytes);
  if (Array.isArray(frame)) {
    const [first, second, third] = frame;
    if (first === "close") {
      const error: ErrorJson | undefined = second == null ? undefined : parse(errorJson, second, "close");
      return { kind: "close", error: error && RainError.fromJSON(error) };
    }
    if (isCount(first) && isCount(second) && Array.isArray(third)) {
      return { kind: "data", seq: first, ack: second, messages: third };
    }
  }
  throw new RainError("INVALID_MESSAGE", "a frame must be [seq, ack, messages] or a close");
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
