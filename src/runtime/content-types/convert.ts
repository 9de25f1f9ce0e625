import { messageOf } from "../errors.ts";
import type { ContentType } from "../plugin/contract/index.ts";
import { csv } from "./built-in/csv.ts";
import { indentedJson, json, ndjson } from "./built-in/json.ts";
import { jsonValue } from "./built-in/json-value.ts";
import { decodeText, encodeText } from "./built-in/text.ts";
import { type ContentTypeLookup, dumpValue, handlerOf, loadValue, opaque } from "./lookup.ts";
import { isSubtype } from "./names.ts";

/** The targets whose values are JSON. */
const OF_JSON_VALUES: readonly ContentType[] = [
  { ...json, dump: (value) => encodeText(`${indentedJson(jsonValue(value))}\n`, "text") },
  { ...ndjson, dump: (value) => ndjson.dump(jsonValue(value) as unknown[], "ndjson") },
  { ...csv, dump: (value) => csv.dump(jsonValue(value) as unknown[], "csv") },
];

/**
 * Converts bytes of one content type to another. Data of an unknown type is assumed to be of the wanted type.
 * JSON is indented. Types written as text, such as JSON and CSV, can be converted to text.
 * @param what name of the data in messages
 * @throws Error if the bytes are not valid for their type, or the wanted type cannot represent their value;
 * RainError USAGE as `handlerOf`
 */
export async function convert(
  { bytes, contentType }: { bytes: Uint8Array; contentType: string },
  wanted: string,
  lookup: ContentTypeLookup,
  what: string,
): Promise<Uint8Array> {
  if (isSubtype(wanted, "text")) {
    const source = isWrittenAsText(contentType) ? contentType : wanted;
    return encodeText(textOf(bytes, source, what), wanted);
  }
  const handler = await handlerOf(contentType, lookup);
  const value = await loadValue(bytes, handler === opaque ? wanted : contentType, lookup, what);
  const plain = handler.toPlain ? handler.toPlain(value) : value;
  const writer = OF_JSON_VALUES.find(({ name }) => name === wanted);
  if (writer) return await dumpValue(plain, wanted, () => writer, what);
  return await dumpValue(wanted === "cbor" ? plain : value, wanted, lookup, what);
}

/** Whether the bytes of a built-in content type are text. */
function isWrittenAsText(contentType: string): boolean {
  return isSubtype(contentType, "text") || ["json", "ndjson", "csv"].includes(contentType);
}

function textOf(bytes: Uint8Array, contentType: string, what: string): string {
  try {
    return decodeText(bytes, contentType);
  } catch (error) {
    throw new Error(`${what} is not valid text: ${messageOf(error)}`, { cause: error });
  }
}
