import type { Location } from "../checking/location.ts";
import type { Document } from "./document.ts";
import { JsonReader, JsonSyntaxError, type Positions } from "./json-reader.ts";

/**
 * Parses JSON (RFC 8259) and reports every problem with its position, including duplicate keys. `JSON.parse`
 * gives no positions and accepts duplicate keys. Returns `undefined` if anything is wrong.
 */
export function parseJson(
  text: string,
  report: (location: { offset: number }, message: string) => void,
): Document | undefined {
  let sound = true;
  const reader = new JsonReader(text, (offset, message) => {
    sound = false;
    report({ offset }, message);
  });
  try {
    const value = reader.read();
    if (!sound) return undefined;
    let positions: ReturnType<typeof readPositions> | undefined;
    return {
      value,
      locate(location) {
        positions ??= readPositions(text);
        return locate(positions, location);
      },
    };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    report({ offset: error.offset }, error.message);
    return undefined;
  }
}

/** Reads the positions in a second pass, since only a file with problems needs them. */
function readPositions(text: string): { root: unknown; start: number; of: Positions } {
  const of: Positions = new Map();
  const root = new JsonReader(text, () => {}, of).read();
  return { root, start: text.search(/\S/), of };
}

function locate({ root, start, of }: ReturnType<typeof readPositions>, { path, part }: Location): number {
  let value = root;
  let span = { key: start, value: start };
  for (const step of path) {
    const next = typeof value === "object" && value !== null ? of.get(value)?.get(step) : undefined;
    if (next === undefined) return span.key;
    span = next;
    value = (value as Record<string | number, unknown>)[step];
  }
  return span[part];
}
