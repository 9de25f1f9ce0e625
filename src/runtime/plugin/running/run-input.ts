import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { decodeText } from "../../content-types/built-in/text.ts";
import { packTree, READ_SIZE } from "../../transport/tar.ts";
import type { DataType, TaskInput } from "../contract/index.ts";
import { type ContentTypeLookup, loadInput } from "../loading/outputs.ts";

/** An input for the code of a task, in workers and executors. The bytes of a directory are its tar. */
export abstract class RunInput implements TaskInput {
  abstract readonly label: string;
  abstract readonly dataType: DataType;
  abstract readonly contentType: string;
  abstract readonly size: number;
  abstract readonly memory: Uint8Array | undefined;
  abstract readonly file: TaskInput["file"];
  readonly #lookup: ContentTypeLookup;
  readonly #declared: string | undefined;

  /**
   * @param declared content type that the task type declares for this input; `load` uses it if the object has
   * none
   */
  constructor(lookup: ContentTypeLookup, declared: string | undefined) {
    this.#lookup = lookup;
    this.#declared = declared;
  }

  abstract path(): Promise<string>;

  async bytes(): Promise<Uint8Array> {
    if (this.memory) return this.memory;
    if (this.dataType === "dir") return await buffer(this.stream());
    return await readFile(await this.path());
  }

  async text(): Promise<string> {
    return decodeText(await this.bytes(), this.contentType);
  }

  load(): Promise<unknown> {
    return loadInput(this, this.#declared, this.#lookup);
  }

  stream(): Readable {
    if (this.memory) return Readable.from([this.memory], { objectMode: false });
    return Readable.from(this.#chunks(), { objectMode: false });
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const path = await this.path();
    yield* this.dataType === "dir"
      ? packTree(path, { times: "none" })
      : createReadStream(path, { highWaterMark: READ_SIZE });
  }
}
