/* Moves the bytes of objects between processes over HTTP: downloads, batches, tars and shared files. */

import { RainError } from "../errors.ts";
import type { DataType, FileFacts, ObjectInfo } from "../protocol/messages/index.ts";

/**
 * The data plane, plain HTTP between workers: `GET /objects/S/N` streams one object, a directory as a tar,
 * with `x-rain-data-type`, `x-rain-content-type` and `x-rain-size`; `POST /objects/S/batch` fetches many
 * small objects at once (see `object-batch.ts`). The server offers the same for its constants.
 */
export const dataObjectPath = (session: number, object: number) => `/objects/${session}/${object}`;
export const dataBatchPath = (session: number) => `/objects/${session}/batch`;

const MODIFIED_HEADER = "x-rain-modified";
const EXECUTABLE_HEADER = "x-rain-executable";

export type DataRequest = { session: number; object: number | "batch" };

/** Parses the path of an object or a batch. Returns `undefined` for other paths. */
export function parseDataPath(path: string): DataRequest | undefined {
  const match = /^\/objects\/([1-9]\d{0,14})\/(\d{1,10}|batch)$/.exec(path);
  if (!match) return undefined;
  return { session: Number(match[1]), object: match[2] === "batch" ? "batch" : Number(match[2]) };
}

/** Headers that describe a body. Sizes of directories are those of their files, not of the tar. */
export function infoHeaders(info: ObjectInfo): Record<string, string> {
  return {
    "x-rain-data-type": info.dataType,
    "x-rain-content-type": encodeURIComponent(info.contentType),
    "x-rain-size": String(info.size),
    ...(info.file && fileHeaders(info.file)),
  };
}

/** Headers for what a blob keeps of its file. */
export function fileHeaders({ modifiedAt, executable }: FileFacts): Record<string, string> {
  return { [MODIFIED_HEADER]: String(modifiedAt), [EXECUTABLE_HEADER]: executable ? "1" : "0" };
}

function fileOfHeaders(headers: Record<string, string | string[] | undefined>): FileFacts | undefined {
  const modified = headers[MODIFIED_HEADER];
  if (typeof modified !== "string") return undefined;
  const modifiedAt = Number(modified);
  if (modified === "" || !Number.isFinite(modifiedAt))
    throw new RainError("INVALID_MESSAGE", `the time ${modified} is not a number`);
  return { modifiedAt, executable: headers[EXECUTABLE_HEADER] === "1" };
}

export interface HeaderInfo {
  dataType: DataType;
  contentType: string;
  /** Absent if the length is not known in advance. */
  size: number | undefined;
  /** Present for a blob that was made from a file. */
  file?: FileFacts | undefined;
}

/** Parses the headers from `infoHeaders`, with names in lower case. @throws INVALID_MESSAGE */
export function infoOfHeaders(headers: Record<string, string | string[] | undefined>): HeaderInfo {
  const dataType = headers["x-rain-data-type"];
  const size = headers["x-rain-size"] ?? headers["content-length"];
  if (
    (dataType !== "blob" && dataType !== "dir") ||
    (size !== undefined && !/^\d{1,15}$/.test(String(size)))
  ) {
    throw new RainError("INVALID_MESSAGE", "the headers do not describe an object");
  }
  const contentType = decodeContentType(headers["x-rain-content-type"]);
  const file = fileOfHeaders(headers);
  return {
    dataType,
    contentType,
    size: size === undefined ? undefined : Number(size),
    ...(file && { file }),
  };
}

function decodeContentType(header: string | string[] | undefined): string {
  if (typeof header !== "string") return "";
  try {
    return decodeURIComponent(header);
  } catch {
    throw new RainError("INVALID_MESSAGE", `the content type ${header} is not correctly encoded`);
  }
}
