import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { ContentType } from "../../plugin/contract/index.ts";

/**
 * Any JavaScript value except functions, including Map, Date, typed arrays, errors and cycles, in the format
 * of V8, which Node and Deno share.
 */
export const structuredClone = {
  name: "user/structured-clone",
  load: (bytes: Uint8Array): unknown => deserialize(bytes),
  // Copies the bytes, since the buffer is shared.
  dump: (value: unknown) => new Uint8Array(serialize(value)),
  preview: (bytes: Uint8Array) => inspect(deserialize(bytes), { depth: 4, maxStringLength: 1000 }),
} satisfies ContentType;
