import { messageOf } from "../errors.ts";
import type { ContentTypeLookup } from "./lookup.ts";
import { isSubtype } from "./names.ts";
import { head, hexDump, plainText } from "./preview-text.ts";

/** Content types that are never text, even if their bytes look like it. */
const BINARY = ["cbor", "arrow", "pickle", "cloudpickle", "protobuf"];

/**
 * The text in bytes, which may be only the beginning, if a terminal can show it.
 * @returns `undefined` for a binary content type, and for bytes that are not text or contain control
 * characters
 */
export function terminalText(bytes: Uint8Array, contentType: string): string | undefined {
  if (BINARY.some((binary) => isSubtype(contentType, binary))) return undefined;
  return plainText(bytes, contentType);
}

/**
 * A preview of bytes in a few lines: the preview of their content type, else the text, else the first bytes
 * in hexadecimal.
 * @param isWhole whether these are all the bytes; a part of them is not decoded
 */
export async function previewOf(
  bytes: Uint8Array,
  contentType: string,
  lookup: ContentTypeLookup,
  isWhole: boolean,
): Promise<string> {
  let remark = "";
  const type = isWhole ? await lookup(contentType) : undefined;
  if (type?.preview) {
    try {
      return head(await type.preview(bytes, contentType));
    } catch (error) {
      remark = `not valid ${contentType}: ${messageOf(error)}\n`;
    }
  }
  const text = terminalText(bytes, contentType);
  return remark + (text === undefined ? hexDump(bytes, isWhole) : head(text));
}
