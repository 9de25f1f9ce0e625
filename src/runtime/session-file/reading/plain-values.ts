/** Values may be nested this deep. The code that handles documents is recursive. */
export const MAX_DEPTH = 100;

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in an error message: `a list`, `a map`, or the value itself if it is short. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  const written = typeof value === "string" ? JSON.stringify(value) : String(value);
  return written.length <= 40 ? written : "text";
}
