/**
 * What JSON can hold of a value, for people: bytes in base64, an integer that a number cannot hold as its digits, dates as
 * ISO 8601, whatever has rows or elements as a list.
 */
export function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonValue(value.toJSON());
  if (value instanceof Map) return fromEntries(value);
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, jsonValue);
  return fromEntries(Object.entries(value));
}

function fromEntries(entries: Iterable<[unknown, unknown]>): Record<string, unknown> {
  return Object.fromEntries(Array.from(entries, ([key, item]) => [String(key), jsonValue(item)]));
}
