import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { decodeText } from "../../content-types/built-in/text.ts";
import { RainError } from "../../errors.ts";
import { slotAt } from "../../plugin/check/slots.ts";
import type { DataType, TaskInput } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, loadInput } from "../../plugin/loading/outputs.ts";
import { packTree, READ_SIZE } from "../../transport/tar.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { AssignedTask } from "./assigned-task.ts";

/** @throws OBJECT_LOST when one is not here */
export function storedInputs(
  store: ObjectStore,
  { session, inputs, kind }: AssignedTask,
  lookup: ContentTypeLookup,
): StoredInput[] {
  return inputs.map((object, i) => {
    const stored = store.get(session, object);
    if (stored) {
      const place = kind.type && slotAt(kind.type.inputs, i)?.contentType;
      return new StoredInput(store, stored, kind.inputLabels[i] ?? "", lookup, place);
    }
    throw new RainError(
      "OBJECT_LOST",
      `object ${object} of session ${session}, its input ${i}, is gone from the worker`,
    );
  });
}

/** An object of the store as a task sees it. The bytes of a directory are its tar. */
export class StoredInput implements TaskInput {
  readonly label: string;
  readonly stored: StoredObject;
  readonly #store: ObjectStore;
  readonly #lookup: ContentTypeLookup;
  readonly #place: string | undefined;

  /** @param place content type that the task type declares here: for `load` when the object has none */
  constructor(
    store: ObjectStore,
    stored: StoredObject,
    label: string,
    lookup: ContentTypeLookup,
    place?: string,
  ) {
    this.#store = store;
    this.stored = stored;
    this.label = label;
    this.#lookup = lookup;
    this.#place = place;
  }

  get dataType(): DataType {
    return this.stored.content.dataType;
  }

  get contentType(): string {
    return this.stored.contentType;
  }

  get size(): number {
    return this.stored.content.size;
  }

  get memory(): Uint8Array | undefined {
    return this.stored.content.bytes;
  }

  async bytes(): Promise<Uint8Array> {
    if (this.memory) return this.memory;
    if (this.dataType === "dir") return await buffer(this.stream());
    return await readFile(await this.path());
  }

  async text(): Promise<string> {
    return decodeText(await this.bytes(), this.contentType);
  }

  load(): Promise<unknown> {
    return loadInput(this, this.#place, this.#lookup);
  }

  stream(): Readable {
    const { bytes, path } = this.stored.content;
    if (bytes) return Readable.from([bytes], { objectMode: false });
    if (path === undefined) throw new Error("an object has neither bytes nor a file");
    if (this.dataType === "dir") return packTree(path);
    return createReadStream(path, { highWaterMark: READ_SIZE });
  }

  async path(): Promise<string> {
    return await this.#store.pathOf(this.stored.content);
  }
}
