import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setFileFacts } from "../../platform/files/file-facts.ts";
import type { DataType, TaskInput } from "../../plugin/contract/index.ts";
import type { ContentTypeLookup } from "../../plugin/loading/outputs.ts";
import { RunInput } from "../../plugin/running/run-input.ts";

/** Facts about an input. Either `memory` or `filePath` is set. */
export interface InputFacts {
  label: string;
  dataType: DataType;
  contentType: string;
  /** Bytes. */
  size: number;
  memory?: Uint8Array;
  filePath?: string;
  file?: TaskInput["file"] | undefined;
}

interface CallInputOptions {
  /** Position among the inputs. */
  index: number;
  /** Content type that the task type declares for the input. */
  declared: string | undefined;
  /** Returns a directory for a file with the content, in case the code asks for a path. */
  dir: () => Promise<string>;
  lookup: ContentTypeLookup;
}

/** An input in the executor that runs the code of its task. */
export class CallInput extends RunInput {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  readonly size: number;
  readonly memory: Uint8Array | undefined;
  readonly file: TaskInput["file"];
  readonly #options: CallInputOptions;
  #path: Promise<string> | undefined;

  constructor(facts: InputFacts, options: CallInputOptions) {
    super(options.lookup, options.declared);
    this.label = facts.label;
    this.dataType = facts.dataType;
    this.contentType = facts.contentType;
    this.size = facts.size;
    this.memory = facts.memory;
    this.file = facts.file;
    this.#options = options;
    if (facts.filePath !== undefined) this.#path = Promise.resolve(facts.filePath);
  }

  path(): Promise<string> {
    this.#path ??= this.#write();
    return this.#path;
  }

  /** Writes the content to the directory of the task, under a name that the task is unlikely to use. */
  async #write(): Promise<string> {
    const path = join(await this.#options.dir(), `.input-${this.#options.index}`);
    await writeFile(path, this.memory ?? new Uint8Array(0), { mode: 0o444 });
    if (this.file) await setFileFacts(path, this.file);
    return path;
  }
}
