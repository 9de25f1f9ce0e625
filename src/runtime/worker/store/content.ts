import type { DataType } from "../../protocol/messages/index.ts";
import type { SessionFolder } from "./session-folder.ts";

/** Immutable bytes or files, behind one object number or several. There is always `bytes` or `path`, at times both. */
export class Content {
  readonly folder: SessionFolder;
  /** The number under which it was stored first. */
  readonly object: number;
  readonly dataType: DataType;
  /** Bytes; of a directory, the sum of its files. */
  readonly size: number;
  bytes: Uint8Array | undefined;
  path: string | undefined;
  /** The path of the file to come, while the bytes are being written. */
  writing: Promise<string> | undefined;
  /** Whether `bytes` count towards the budget for memory. */
  counted = false;
  /** How many object numbers and readers there are: the content goes with the last. */
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

/** What an object number stands for. */
export interface StoredObject {
  readonly content: Content;
  readonly contentType: string;
}
