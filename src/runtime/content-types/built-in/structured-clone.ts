import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { ContentType } from "../../plugin/contract/index.ts";

/**
 * Any JavaScript value but functions: Map, Date, typed arrays, errors, cycles and all, in the format of V8, which Node and
 * Deno share.
 */
export const structuredClone: ContentType = {
  name: "user/structured-clone",
  load: (bytes) => deserialize(bytes) as unknown,
  // Not a part of a buffer that others use too.
  dump: (value) => new Uint8Array(serialize(value)),
  preview: (bytes) => inspect(deserialize(bytes), { depth: 4, maxStringLength: 1000 }),
};
