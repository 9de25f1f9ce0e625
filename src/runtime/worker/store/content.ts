import type { DataType, FileFacts } from "../../protocol/messages/index.ts";
import type { SessionFolder, StoredFile } from "./session-folder.ts";

/** Immutable bytes or files that one or more object numbers refer to. `bytes` or `stored` is set, sometimes both. */
export class Content {
  readonly folder: SessionFolder;
  /** The number under which it was stored first. */
  readonly object: number;
  readonly dataType: DataType;
  /** Bytes; for a directory, the sum of its files. */
  readonly size: number;
  /** Of a blob that was made from a file. */
  readonly file: FileFacts | undefined;
  bytes: Uint8Array | undefined;
  stored: StoredFile | undefined;
  /** Resolves with the path of the file while the bytes are being written. */
  writing: Promise<string> | undefined;
  /** Whether `bytes` count towards the memory budget. */
  counted = false;
  /** Whether another worker may have a link to the file. Then no user code may get at it. */
  isShared = false;
  /** Whether an executor has got the path. */
  isExposed = false;
  /** Called when no other worker has the file any more, or it is removed. */
  endSharing: () => void = () => {};
  /** Resolves when a shared file has been replaced by a copy. */
  separation: Promise<void> | undefined;
  /** Number of object numbers and readers. The content is removed with the last of them. */
  pins = 1;

  constructor(
    folder: SessionFolder,
    object: number,
    of: { dataType: DataType; size: number; file: FileFacts | undefined } & (
      | { bytes: Uint8Array }
      | { stored: StoredFile }
    ),
  ) {
    this.folder = folder;
    this.object = object;
    this.dataType = of.dataType;
    this.size = of.size;
    this.file = of.file;
    this.bytes = "bytes" in of ? of.bytes : undefined;
    this.stored = "stored" in of ? of.stored : undefined;
    this.writing = undefined;
    this.separation = undefined;
  }

  get path(): string | undefined {
    return this.stored?.path;
  }
}

/** An object in the store. */
export interface StoredObject {
  readonly content: Content;
  readonly contentType: string;
}
