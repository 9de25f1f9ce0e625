/**
 * Converts a value to readable JSON: bytes to base64, large integers to their digits, dates to ISO 8601,
 * collections to lists.
 * @throws Error for a value that contains itself
 */
export function jsonValue(value: unknown): unknown {
  return convert(value, new Set());
}

/** @param parents the objects that contain this value */
function convert(value: unknown, parents: Set<object>): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (parents.has(value)) throw new Error("JSON cannot represent a value that contains itself");
  parents.add(value);
  const converted = convertObject(value, (part) => convert(part, parents));
  parents.delete(value);
  return converted;
}

function convertObject(value: object, part: (value: unknown) => unknown): unknown {
  if ("toJSON" in value && typeof value.toJSON === "function") return part(value.toJSON());
  if (!(value instanceof Map) && Symbol.iterator in value) {
    return Array.from(value as Iterable<unknown>, part);
  }
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return Object.fromEntries(Array.from(entries, ([key, item]) => [String(key), part(item)]));
}
