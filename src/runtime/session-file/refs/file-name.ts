import { createHash } from "node:crypto";
import { parseRef, type Selectable } from "./refs.ts";

/** Linux allows 255 bytes. Programs may add an ending. */
const MAX_BYTES = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: file names with control characters are hard to handle.
const UNSAFE = /[%/\\,\u0000-\u001f\u007f]/g;

/**
 * The name of a file for an instance of a task: `fold=0,cost=1`. Different instances have different names. In values,
 * `/`, `\`, `%`, commas and control characters are written as in URLs, `%2F`; a long name ends with a hash instead.
 * @param key such as `train[fold=0,cost=1]`
 */
export function instanceFileName(key: string, instances: Selectable): string {
  const selection = parseRef(key, () => instances)?.selection ?? [];
  const pairs = selection === "*" ? [] : selection;
  const name = pairs.map(([name, value]) => `${name}=${value.replaceAll(UNSAFE, escaped)}`).join(",");
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${startOf(name, MAX_BYTES - hash.length - 1)}~${hash}`;
}

const escaped = (character: string) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** As many whole characters as fit into this many bytes. */
function startOf(text: string, bytes: number): string {
  let start = "";
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    start += character;
  }
  return start;
}
