/** Converts a value of a session file to CEL, where integers are `bigint`. */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toCel(part)]));
  }
  return value;
}

/**
 * Converts the value of an expression to a value of a session file.
 * @throws Error for other types of values
 */
export function fromCel(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new Error(`the integer ${value} is too large`);
    return number;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromCel);
  if (Object.getPrototypeOf(value) !== Object.prototype && !(value instanceof Map)) {
    throw new Error("an expression must give text, a number, true or false, a list or a map");
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, part]) => [String(fromCel(key)), fromCel(part)]));
}
