import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { decodeText } from "../../content-types/built-in/text.ts";
import type { DataType, TaskInput } from "../../plugin/contract/index.ts";
import { type ContentTypeLookup, loadInput } from "../../plugin/loading/outputs.ts";
import { packTree, READ_SIZE } from "../../transport/tar.ts";

/** What is known of an input. There is `memory` or `filePath`. */
export interface InputFacts {
  label: string;
  dataType: DataType;
  contentType: string;
  /** Bytes. */
  size: number;
  memory?: Uint8Array;
  filePath?: string;
}

/** Where an input stands. */
interface InputHome {
  index: number;
  /** Content type that the task type declares at this place: for `load` when the object has none. */
  place: string | undefined;
  /** Answers a directory for a file with the content, should a path be asked for. */
  dir: () => Promise<string>;
  lookup: ContentTypeLookup;
}

/** An input in the process that runs the code of its task. */
export class CallInput implements TaskInput {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  readonly size: number;
  readonly memory: Uint8Array | undefined;
  readonly #home: InputHome;
  #path: Promise<string> | undefined;

  constructor(facts: InputFacts, home: InputHome) {
    this.label = facts.label;
    this.dataType = facts.dataType;
    this.contentType = facts.contentType;
    this.size = facts.size;
    this.memory = facts.memory;
    this.#home = home;
    if (facts.filePath !== undefined) this.#path = Promise.resolve(facts.filePath);
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
    return loadInput(this, this.#home.place, this.#home.lookup);
  }

  stream(): Readable {
    if (this.memory) return Readable.from([this.memory], { objectMode: false });
    return Readable.from(this.#chunks(), { objectMode: false });
  }

  path(): Promise<string> {
    this.#path ??= this.#write();
    return this.#path;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const path = await this.path();
    yield* this.dataType === "dir" ? packTree(path) : createReadStream(path, { highWaterMark: READ_SIZE });
  }

  /** Beside what the task writes, under a name that it will not choose. */
  async #write(): Promise<string> {
    const path = join(await this.#home.dir(), `.input-${this.#home.index}`);
    await writeFile(path, this.memory ?? new Uint8Array(0), { mode: 0o444 });
    return path;
  }
}
