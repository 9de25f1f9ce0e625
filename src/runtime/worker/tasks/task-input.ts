import { RainError } from "../../errors.ts";
import { slotAt } from "../../plugin/check/slots.ts";
import type { DataType } from "../../plugin/contract/index.ts";
import type { ContentTypeLookup } from "../../plugin/loading/outputs.ts";
import { RunInput } from "../../plugin/running/run-input.ts";
import type { FileFacts } from "../../protocol/messages/index.ts";
import type { StoredObject } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { AssignedTask } from "./assigned-task.ts";

/** The inputs of a task, from the store. @throws OBJECT_LOST when one is missing */
export function storedInputs(
  store: ObjectStore,
  { session, inputs, kind }: AssignedTask,
  lookup: ContentTypeLookup,
): StoredInput[] {
  return inputs.map((object, i) => {
    const stored = store.get(session, object);
    if (stored) {
      const declared = kind.type && slotAt(kind.type.inputs, i)?.contentType;
      return new StoredInput(store, object, stored, kind.inputLabels[i] ?? "", lookup, declared);
    }
    throw new RainError(
      "OBJECT_LOST",
      `object ${object} of session ${session}, its input ${i}, is gone from the worker`,
    );
  });
}

/** An object of the store as a task of this worker sees it. */
export class StoredInput extends RunInput {
  /** Its number in the session. */
  readonly object: number;
  readonly label: string;
  readonly stored: StoredObject;
  readonly #store: ObjectStore;

  constructor(
    store: ObjectStore,
    object: number,
    stored: StoredObject,
    label: string,
    lookup: ContentTypeLookup,
    declared?: string,
  ) {
    super(lookup, declared);
    this.#store = store;
    this.object = object;
    this.stored = stored;
    this.label = label;
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

  get file(): FileFacts | undefined {
    return this.stored.content.file;
  }

  async path(): Promise<string> {
    return await this.#store.pathOf(this.stored.content);
  }
}
