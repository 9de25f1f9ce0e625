import { TextDecoder } from "node:util";
import { Decoder } from "cbor-x/decode";
import { messageOf, RainError } from "../errors.ts";

const cbor = new Decoder({ useRecords: false, mapsAsObjects: true });

/** The text in bytes of the content type `text` or `text-<ENCODING>`; UTF-8 for any other. @throws IO */
export function decodeText(bytes: Uint8Array, contentType: string, what: string): string {
  const encoding = contentType.startsWith("text-") ? contentType.slice("text-".length) : "utf-8";
  return decoding(what, contentType, () => new TextDecoder(encoding, { fatal: true }).decode(bytes));
}

/** The value in bytes of a content type: a text, or what JSON or CBOR hold; the bytes themselves for any other. @throws IO */
export function loadValue(bytes: Uint8Array, contentType: string, what: string): unknown {
  if (contentType === "text" || contentType.startsWith("text-")) return decodeText(bytes, contentType, what);
  if (contentType === "json") {
    return decoding(what, contentType, () => JSON.parse(decodeText(bytes, "text", what)) as unknown);
  }
  if (contentType === "cbor") return decoding(what, contentType, () => cbor.decode(bytes) as unknown);
  return bytes;
}

function decoding<T>(what: string, contentType: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new RainError("IO", `${what} is not valid ${contentType || "text"}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
