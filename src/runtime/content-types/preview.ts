import { messageOf } from "../errors.ts";
import type { ContentTypeLookup } from "./lookup.ts";
import { isSubtype } from "./names.ts";
import { head, hexDump, plainText } from "./preview-text.ts";

/** Content types that are no text, even where their bytes happen to be. */
const BINARY = ["cbor", "arrow", "pickle", "cloudpickle", "protobuf"];

/**
 * The text in bytes as a terminal can show it as it is. Bytes may be the beginning of more.
 * @returns `undefined` when they are of a binary content type, are no text, or hold control characters
 */
export function terminalText(bytes: Uint8Array, contentType: string): string | undefined {
  if (BINARY.some((binary) => isSubtype(contentType, binary))) return undefined;
  return plainText(bytes, contentType);
}

/**
 * A few lines for people that show what is in bytes of a content type: by what the type itself makes of them, or else the
 * text, or else the first bytes in hexadecimal digits.
 * @param isWhole whether these are all the bytes: of a part, only the bytes themselves are shown
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
