import { TextDecoder } from "node:util";

export const WINDOWS_1252 = "windows-1252";

/** The characters of the bytes 0x80 to 0x9f, by the WHATWG Encoding Standard. */
const WINDOWS_1252_C1 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** Many versions of Node, 20.20 and 24.6 among them, decode windows-1252 as ISO 8859-1. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer, byteOffset, byteLength)
    .toString("latin1")
    .replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252_C1.charAt(character.charCodeAt(0) - 0x80));
}

const tables = new Map<string, ReadonlyMap<string, number>>();

/**
 * Encodes a text in a single-byte encoding: the inverse of its decoder.
 * @throws Error if the encoding lacks a character of the text
 */
export function bytesBySingleByte(value: string, encoding: string): Uint8Array {
  let byteOf = tables.get(encoding);
  if (!byteOf) {
    byteOf = invert(encoding);
    tables.set(encoding, byteOf);
  }
  const bytes = new Uint8Array(value.length);
  let length = 0;
  for (const character of value) {
    const byte = byteOf.get(character);
    if (byte === undefined) throw new Error(`${JSON.stringify(character)} cannot be written in ${encoding}`);
    bytes[length++] = byte;
  }
  return bytes;
}

function invert(encoding: string): Map<string, number> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (bytes: Uint8Array) =>
    encoding === WINDOWS_1252 ? decodeWindows1252(bytes) : decoder.decode(bytes);
  const byteOf = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    try {
      byteOf.set(decode(Uint8Array.of(byte)), byte);
    } catch {
      // The encoding has no character for this byte.
    }
  }
  return byteOf;
}
