import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { DataObject, Fetching, Session } from "../../../runtime/client/index.ts";
import { convert } from "../../../runtime/content-types/convert.ts";
import type { ContentTypeLookup } from "../../../runtime/content-types/lookup.ts";
import { checkContentType } from "../../../runtime/content-types/names.ts";
import { RainError } from "../../../runtime/errors.ts";
import { replaceFile } from "../../../runtime/platform/files/replace-file.ts";
import { writeError } from "../../../runtime/platform/files/write-error.ts";

/** Bytes and their content type. */
export interface Content {
  bytes: Uint8Array;
  contentType: string;
}

/** @throws USAGE if the name is not a content type */
export async function checkWanted(name: string, lookup: ContentTypeLookup): Promise<void> {
  const fault = checkContentType(name);
  if (fault === undefined || (await lookup(name))) return;
  throw new RainError("USAGE", `--as: ${fault}`);
}

/**
 * Fetches an object and converts it to another content type.
 * @param ref name of the object in messages
 * @throws IO if the bytes are not valid for their type or cannot be converted; USAGE for a directory
 */
export async function fetchAs(
  fetching: Fetching,
  wanted: string,
  ref: string,
  lookup: ContentTypeLookup,
): Promise<Content> {
  const { bytes, info } = await fetching;
  if (!bytes) {
    throw new RainError("USAGE", `${ref} is a directory and cannot be converted`, {
      hint: "Use -o PATH to unpack it.",
    });
  }
  try {
    const converted = await convert({ bytes, contentType: info.contentType }, wanted, lookup, ref);
    return { bytes: converted, contentType: wanted };
  } catch (error) {
    throw RainError.from(error, "IO");
  }
}

/** @throws IO */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const source = {
    toFile: (target: string) => writeFile(target, bytes),
    stream: () => Readable.from([bytes], { objectMode: false }),
    facts: undefined,
  };
  await replaceFile(path, source).catch((error) => {
    throw writeError(path, error);
  });
}

/** The form in a JSON document: text for the text types, base64 for others. */
export function contentJson({ bytes, contentType }: Content): { text: string } | { base64: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (["text", "json", "ndjson", "csv"].includes(contentType)) return { text: buffer.toString() };
  return { base64: buffer.toString("base64") };
}

/** The facts about an existing object. */
export async function describeObject(session: Session, ref: string, object: DataObject) {
  const { kept } = await session.status();
  const { size, contentType, dataType } = kept.find((found) => found.object === object.number) ?? {
    ...object,
    size: undefined,
  };
  return { session: session.id, ref, size, contentType, dataType };
}
