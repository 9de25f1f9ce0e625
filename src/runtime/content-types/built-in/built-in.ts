/* The content types that Rain itself loads and dumps. */

import type { ContentType } from "../../plugin/contract/index.ts";
import { cbor } from "./cbor.ts";
import { csv } from "./csv.ts";
import { json, ndjson } from "./json.ts";
import { structuredClone } from "./structured-clone.ts";
import { text } from "./text.ts";

/** The content types that are loaded and dumped without a plugin. */
// biome-ignore lint/suspicious/noExplicitAny: the list contains content types with any value.
export const builtInContentTypes: readonly ContentType<any>[] = [
  text,
  json,
  cbor,
  csv,
  ndjson,
  structuredClone,
];
