/**
 * Copies a value as JSON, without the parts that are not JSON. `undefined` if it has no JSON form, as with a
 * cycle.
 */
export function plainJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}
