/** A value may lie this deep in others: what handles documents is recursive. */
export const MAX_DEPTH = 100;

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a person calls a value that stands where another is expected. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  const written = typeof value === "string" ? JSON.stringify(value) : String(value);
  return written.length <= 40 ? written : "text";
}
