import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type ContentTypeLookup, dumpValue } from "../../content-types/lookup.ts";
import { fileFactsOf } from "../../platform/files/file-facts.ts";
import type { InputFacts } from "../calls/call-input.ts";

/** Bytes, a text of the content type `text`, or an object with more details. `path` is that of a file or directory. */
export type TestInput =
  | string
  | Uint8Array
  | ({ label?: string; contentType?: string } & (
      | { bytes: string | Uint8Array }
      /** A value to convert to bytes with its content type. */
      | { value: unknown }
      | { path: string }
    ));

/** @throws Error for a value that cannot be converted to bytes, or a path that does not exist */
export async function inputFacts(input: TestInput, lookup: ContentTypeLookup): Promise<InputFacts> {
  if (typeof input === "string") return await inputFacts({ bytes: input, contentType: "text" }, lookup);
  if (input instanceof Uint8Array) return await inputFacts({ bytes: input }, lookup);
  const { label = "", contentType = "" } = input;
  if ("path" in input) {
    const filePath = resolve(input.path);
    const stats = await stat(filePath);
    const facts = { label, contentType, size: stats.size, filePath };
    if (stats.isDirectory()) return { ...facts, dataType: "dir" };
    return { ...facts, dataType: "blob", file: fileFactsOf(stats) };
  }
  const memory =
    "value" in input
      ? await dumpValue(input.value, contentType, lookup, "the value of an input")
      : bytesOf(input.bytes);
  return { label, contentType, dataType: "blob", size: memory.length, memory };
}

function bytesOf(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
}
