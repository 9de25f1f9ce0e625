import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { ContentType } from "../../plugin/contract/index.ts";

/**
 * Any JavaScript value except functions, including Map, Date, typed arrays, errors and cycles, in the format
 * of V8, which Node and Deno share.
 */
export const structuredClone: ContentType = {
  name: "user/structured-clone",
  load: (bytes) => deserialize(bytes) as unknown,
  // Copies the bytes, since the buffer is shared.
  dump: (value) => new Uint8Array(serialize(value)),
  preview: (bytes) => inspect(deserialize(bytes), { depth: 4, maxStringLength: 1000 }),
};
