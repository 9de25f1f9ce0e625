/* Content types: their names, conversion, previews, and the built-in types. */

import { messageOf, RainError } from "../errors.ts";
import type { ContentType } from "../plugin/contract/index.ts";
import { builtInContentTypes } from "./built-in/built-in.ts";
import { nounOf } from "./built-in/text.ts";
import { isSubtype } from "./names.ts";

/** Finds the content type that loads and dumps a type of this name; may load a plugin first. */
export type ContentTypeLookup = (name: string) => ContentType | undefined | Promise<ContentType | undefined>;

/** Looks among the built-in content types and the given ones. */
export function lookupAmong(types: readonly ContentType[]): (name: string) => ContentType | undefined {
  const all = [...types, ...builtInContentTypes];
  return (name) => nearestContentType(all, name);
}

/** The content type with this exact name, or else its longest known supertype: `text` for `text-latin1`. */
export function nearestContentType<Named extends { readonly name: string }>(
  types: Iterable<Named>,
  name: string,
): Named | undefined {
  let nearest: Named | undefined;
  for (const candidate of types) {
    const isNearer = candidate.name.length > (nearest?.name.length ?? -1);
    if (isNearer && isSubtype(name, candidate.name)) nearest = candidate;
  }
  return nearest;
}

/** Data of an unknown type, whose value is its bytes. */
export const opaque: ContentType<Uint8Array> = {
  name: "",
  load: (bytes) => bytes,
  dump(value) {
    if (value instanceof Uint8Array) return value;
    throw new Error(`bytes are expected, but this is ${nounOf(value)}`);
  },
};

/**
 * Finds the handler that loads and dumps a content type: `opaque` for a type without values, such as
 * `mime/image/png`.
 * @throws RainError USAGE for a type that only a plugin or another language can load, such as `pickle`
 */
export async function handlerOf(contentType: string, lookup: ContentTypeLookup): Promise<ContentType> {
  const found = await lookup(contentType);
  if (found) return found;
  const [, external] = Object.entries(EXTERNAL_TYPES).find(([name]) => isSubtype(contentType, name)) ?? [];
  if (external === undefined) return opaque;
  const { why, hint } = external;
  throw new RainError("USAGE", `cannot read or write ${JSON.stringify(contentType)}: ${why}`, {
    hint,
  });
}

/**
 * @param what name of the data in messages
 * @throws RainError USAGE as `handlerOf`; Error if the bytes are not valid for the type
 */
export async function loadValue(
  bytes: Uint8Array,
  contentType: string,
  lookup: ContentTypeLookup,
  what: string,
): Promise<unknown> {
  const handler = await handlerOf(contentType, lookup);
  try {
    return await handler.load(bytes, contentType);
  } catch (error) {
    throw new Error(`${what} is not valid ${contentType}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * @param what name of the value in messages
 * @throws RainError USAGE as `handlerOf`; Error if the type cannot represent the value
 */
export async function dumpValue(
  value: unknown,
  contentType: string,
  lookup: ContentTypeLookup,
  what: string,
): Promise<Uint8Array> {
  const handler = await handlerOf(contentType, lookup);
  try {
    return await handler.dump(value, contentType);
  } catch (error) {
    const as = contentType || "data without a content type";
    throw new Error(`${what} cannot be written as ${as}: ${messageOf(error)}`, { cause: error });
  }
}

/** Content types that Rain knows only by name: what can read them, and hints. */
const EXTERNAL_TYPES: Readonly<Record<string, { why: string; hint: string }>> = {
  arrow: {
    why: "only the plugin arrow can",
    hint: "Install it: `rain plugins install arrow`. Or fetch the bytes.",
  },
  pickle: { why: "only Python can", hint: "Fetch the bytes, or load it in a Python task." },
  cloudpickle: { why: "only Python can", hint: "Fetch the bytes, or load it in a Python task." },
  protobuf: {
    why: "this requires the schema of its messages",
    hint: "Fetch the bytes and decode them with the schema, or use a plugin with this content type.",
  },
  dir: { why: "a directory contains files, not a value", hint: "Fetch it as files." },
};
