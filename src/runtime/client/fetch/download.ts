import type { Readable } from "node:stream";
import type { DataType } from "../../protocol/messages/index.ts";

/** Facts about a fetched object. */
export interface FetchedInfo {
  dataType: DataType;
  contentType: string;
  /** Bytes. For a directory the size of its tar, if the server knows it in advance. */
  size: number | undefined;
  /** Of a blob that was made from a file. `modifiedAt` is in milliseconds since the epoch. */
  file?: { modifiedAt: number; executable: boolean } | undefined;
}

/** A download in progress. Read its body or destroy it. */
export interface Download {
  info: FetchedInfo;
  /** Fails with a `RainError`. */
  body: Readable;
  /** Aborts the download. */
  signal?: AbortSignal | undefined;
  /** A read-only file with the same bytes on this machine. It may disappear at any time. */
  file?: { path: string; isUntouched(): Promise<boolean> };
}
