import type { DataType } from "../../protocol/messages/index.ts";
import type { SessionFolder } from "./session-folder.ts";

/** Immutable bytes or files that one or more object numbers refer to. `bytes` or `path` is set, sometimes both. */
export class Content {
  readonly folder: SessionFolder;
  /** The number under which it was stored first. */
  readonly object: number;
  readonly dataType: DataType;
  /** Bytes; for a directory, the sum of its files. */
  readonly size: number;
  bytes: Uint8Array | undefined;
  path: string | undefined;
  /** Resolves with the path of the file while the bytes are being written. */
  writing: Promise<string> | undefined;
  /** Whether `bytes` count towards the memory budget. */
  counted = false;
  /** Number of object numbers and readers. The content is removed with the last of them. */
  pins = 1;

  constructor(
    folder: SessionFolder,
    object: number,
    stored: { dataType: DataType; size: number; bytes?: Uint8Array; path?: string },
  ) {
    this.folder = folder;
    this.object = object;
    this.dataType = stored.dataType;
    this.size = stored.size;
    this.bytes = stored.bytes;
    this.path = stored.path;
    this.writing = undefined;
  }
}

/** An object in the store. */
export interface StoredObject {
  readonly content: Content;
  readonly contentType: string;
}
