/** A value of a session file as CEL has it, where integers are `bigint`. */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toCel(part)]));
  }
  return value;
}

/** What an expression gives, as a value of a session file. @throws Error for what such a file cannot hold */
export function fromCel(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new Error(`the integer ${value} is too large`);
    return number;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromCel);
  if (Object.getPrototypeOf(value) !== Object.prototype && !(value instanceof Map)) {
    throw new Error(
      "an expression gives text, a number, true or false, a list or a map; this gives something else",
    );
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, part]) => [String(fromCel(key)), fromCel(part)]));
}
