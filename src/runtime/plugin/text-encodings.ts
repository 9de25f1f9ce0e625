import { TextDecoder } from "node:util";

/**
 * The text in the bytes of a `text` or `text-<ENCODING>` object.
 * @throws Error when the encoding is unknown or the bytes are no text of it
 */
export function decodeText(bytes: Uint8Array, contentType: string): string {
  const decoder = decoderFor(contentType);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error(`the bytes are no text in ${decoder.encoding}`);
  }
}

/**
 * The bytes of a text, in UTF-8, UTF-16 or any encoding of one byte a character.
 * @throws Error when the encoding is unknown, cannot be written, or lacks a character of the text
 */
export function encodeText(value: string, contentType: string): Uint8Array {
  if (typeof value !== "string") throw new Error(`text is expected, this is a ${typeof value}`);
  const decoder = decoderFor(contentType);
  if (decoder.encoding === "utf-8") return new TextEncoder().encode(value);
  if (decoder.encoding === "utf-16le") return new Uint8Array(Buffer.from(value, "utf16le"));
  return encodeBytewise(value, decoder);
}

function decoderFor(contentType: string): TextDecoder {
  const encoding = contentType.startsWith("text-") ? contentType.slice("text-".length) : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new Error(`unknown text encoding ${JSON.stringify(encoding)}`);
  }
}

function encodeBytewise(value: string, decoder: TextDecoder): Uint8Array {
  const byteOf = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    try {
      byteOf.set(decoder.decode(Uint8Array.of(byte)), byte);
    } catch {
      // A byte that is no character by itself: unused, or the first of several.
    }
  }
  return Uint8Array.from(value, (character) => {
    const byte = byteOf.get(character);
    if (byte === undefined)
      throw new Error(`${JSON.stringify(character)} cannot be written in ${decoder.encoding}`);
    return byte;
  });
}
