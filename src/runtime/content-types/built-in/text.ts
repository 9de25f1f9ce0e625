import { TextDecoder } from "node:util";
import type { ContentType } from "../../plugin/contract/index.ts";
import { bytesBySingleByte, decodeWindows1252, WINDOWS_1252 } from "./single-byte.ts";

/** Multi-byte encodings, which can be read but not written here. */
const MULTI_BYTE = ["gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr"];

/** `text` is UTF-8; `text-<ENCODING>` is any encoding with a label in the WHATWG Encoding Standard. */
export const text: ContentType<string> = {
  name: "text",
  extensions: ["txt"],
  load: decodeText,
  dump: encodeText,
};

/** Whether `text-<LABEL>` names an encoding. */
export function isTextEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== "";
  } catch {
    return false;
  }
}

/**
 * Decodes the bytes of a `text` or `text-<ENCODING>` object, without a byte order mark; UTF-8 for any other
 * type.
 * @throws Error if the encoding is unknown or the bytes are not valid in it
 */
export function decodeText(bytes: Uint8Array, contentType: string): string {
  const decoder = decoderFor(contentType);
  if (decoder.encoding === WINDOWS_1252) return decodeWindows1252(bytes);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error(`the bytes are not valid ${decoder.encoding}`);
  }
}

/**
 * Encodes a text in UTF-8, UTF-16 or any single-byte encoding.
 * @throws Error if the encoding is unknown, cannot be written, or lacks a character of the text
 */
export function encodeText(value: string, contentType: string): Uint8Array {
  if (typeof value !== "string") throw new Error(`text is expected, but this is ${nounOf(value)}`);
  // Encoders would silently write a replacement character.
  if (/\p{Surrogate}/u.test(value)) throw new Error("the text contains half of a surrogate pair");
  const { encoding } = decoderFor(contentType);
  if (encoding === "utf-8") return new TextEncoder().encode(value);
  if (encoding === "utf-16le") return new Uint8Array(Buffer.from(value, "utf16le"));
  if (encoding === "utf-16be") return new Uint8Array(Buffer.from(value, "utf16le").swap16());
  if (MULTI_BYTE.includes(encoding)) {
    throw new Error(`text can be read but not written in ${encoding}; write it as "text", which is UTF-8`);
  }
  return bytesBySingleByte(value, encoding);
}

function decoderFor(contentType: string): TextDecoder {
  const encoding = contentType.startsWith("text-") ? contentType.slice("text-".length) : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new Error(`unknown text encoding ${JSON.stringify(encoding)}`);
  }
}

/** The kind of a value, for messages: `a number`, `an object`. */
export function nounOf(value: unknown): string {
  if (value === undefined || value === null) return value === null ? "null" : "undefined";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
