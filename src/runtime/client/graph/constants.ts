import { types } from "node:util";
import { encodeText } from "../../content-types/built-in/text.ts";
import { messageOf } from "../../errors.ts";
import { isPlainObject, misuse, wrongArgument } from "../check/misuse.ts";
import { checkArgument, checkOptions } from "../check/options.ts";
import { isBytes, localPath, objectOptions, pathOf } from "../check/schemas.ts";
import { type ConstantSource, DataObject, type ObjectOptions } from "./values.ts";

const BLOB_DATA = "a text or bytes (Uint8Array, Buffer, ArrayBuffer or another typed array)";
const HOW_TO_ENCODE = 'Encode the value, such as blob(JSON.stringify(value), { contentType: "json" }).';

/**
 * A constant with these bytes. A string is encoded as UTF-8, or in the encoding of its content type
 * `text-<ENCODING>`. The bytes must not change afterwards.
 * @throws USAGE when the encoding lacks a character of the text
 */
export function blob(
  data: string | ArrayBufferView | ArrayBufferLike,
  options: ObjectOptions = {},
): DataObject {
  checkOptions("blob", objectOptions, options);
  const isText = typeof data === "string";
  const bytes = isText ? encode(data, options.contentType) : bytesOf(data);
  const contentType = options.contentType ?? (isText ? "text" : "");
  return constant({ kind: "bytes", bytes }, { ...options, contentType });
}

/** A constant with the content of a file on this machine: its path, or its URL. The file is read at each submit. */
export function file(path: string | URL, options: ObjectOptions = {}): DataObject {
  checkArgument("file", "path", localPath, path);
  checkOptions("file", objectOptions, options);
  return constant({ kind: "file", path: pathOf(path) }, options);
}

/**
 * A constant with the content of a directory on this machine: its path, or its URL. The directory is read at
 * each submit.
 */
export function directory(path: string | URL, options: ObjectOptions = {}): DataObject {
  checkArgument("directory", "path", localPath, path);
  checkOptions("directory", objectOptions, options);
  return constant({ kind: "dir", path: pathOf(path) }, options);
}

/** A constant from a source and options that were checked. */
export function constant(source: ConstantSource, options: ObjectOptions): DataObject {
  return new DataObject({ source }, source.kind === "dir" ? { ...options, dataType: "dir" } : options);
}

function encode(text: string, contentType = ""): Uint8Array {
  try {
    return encodeText(text, contentType);
  } catch (error) {
    throw misuse(`blob: data: this text cannot be a blob: ${messageOf(error)}`, { cause: error });
  }
}

/** The same memory as plain bytes, since messages know no subclasses of `Uint8Array`. Shared memory is copied. */
function bytesOf(data: unknown): Uint8Array {
  if (!isBytes(data)) {
    const isValue = Array.isArray(data) || isPlainObject(data) || typeof data === "number";
    throw wrongArgument("blob", "data", BLOB_DATA, data, isValue ? HOW_TO_ENCODE : undefined);
  }
  if (types.isUint8Array(data) && (data.constructor === Uint8Array || data.constructor === Buffer)) {
    if (!types.isSharedArrayBuffer(data.buffer)) return data;
  }
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  return types.isSharedArrayBuffer(bytes.buffer) ? new Uint8Array(bytes) : bytes;
}
