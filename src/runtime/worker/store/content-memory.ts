import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import { Limit } from "../transfer/limit.ts";
import type { Content } from "./content.ts";

/** Larger contents do not stay in memory. */
export const MAX_IN_MEMORY = 1 << 20;
/** Files that are written at the same time. */
const MAX_WRITES = 8;
/** The list of contents is cleared of those that are gone when it has doubled since, and is longer than this. */
const COMPACT_AT = 1024;

export interface ContentMemoryOptions {
  /** Bytes. */
  budget: number;
  log: Logger;
  /** The content has a file now. */
  onWritten: (content: Content) => void;
  /** Keeps the content while it is being written. */
  pin: (content: Content) => void;
  unpin: (content: Content) => void;
}

/** Keeps contents in memory within a budget. Over it, the oldest move to files. */
export class ContentMemory {
  readonly #options: ContentMemoryOptions;
  readonly #limit = new Limit(MAX_WRITES);
  /** From `#head` on in order of arrival, with some in between that are not in memory any more. */
  #contents: Content[] = [];
  #head = 0;
  #compactAt = COMPACT_AT;
  #bytes = 0;
  readonly #writes = new Set<Promise<string>>();
  #writingBytes = 0;
  #waiting: (() => void)[] = [];

  constructor(options: ContentMemoryOptions) {
    this.#options = options;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Contents come faster than the disk takes them: whoever brings more should wait for `waitForSpace`. */
  get isOverfull(): boolean {
    return this.#bytes > 2 * this.#options.budget;
  }

  async waitForSpace(): Promise<void> {
    if (this.isOverfull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A content that has just come, with its bytes. */
  add(content: Content): void {
    if (content.size === 0) return;
    content.counted = true;
    this.#bytes += content.size;
    if (content.size > MAX_IN_MEMORY) {
      this.#spill(content);
      return;
    }
    this.#contents.push(content);
    if (this.#contents.length > this.#compactAt) this.#compact();
    this.#spillOldest();
  }

  /** Lets go of the bytes. */
  forget(content: Content): void {
    content.bytes = undefined;
    this.#discount(content);
  }

  /** Writes the bytes to a file and lets go of them. Answers its path. @throws IO, and the bytes stay in memory */
  write(content: Content): Promise<string> {
    const { bytes, object } = content;
    if (!bytes) throw new RainError("INTERNAL", `object ${object} has neither bytes nor a file`);
    if (!content.writing) {
      content.writing = this.#write(content, bytes);
      this.#writes.add(content.writing);
    }
    return content.writing;
  }

  /** Waits for the writes under way. */
  async idle(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes);
  }

  async #write(content: Content, bytes: Uint8Array): Promise<string> {
    const { folder, object, size } = content;
    this.#options.pin(content);
    this.#writingBytes += size;
    try {
      content.path = await this.#limit.run(() => folder.write(object, bytes));
      this.#options.onWritten(content);
      this.forget(content);
      return content.path;
    } catch (error) {
      // It cannot be helped: tasks must not wait for this memory to become free.
      this.#discount(content);
      throw error;
    } finally {
      if (content.writing) this.#writes.delete(content.writing);
      content.writing = undefined;
      this.#writingBytes -= size;
      this.#options.unpin(content);
      this.#spillOldest();
      if (!this.isOverfull) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  #spillOldest(): void {
    while (this.#bytes - this.#writingBytes > this.#options.budget && this.#writes.size < MAX_WRITES) {
      const content = this.#contents[this.#head];
      if (!content) return;
      this.#head++;
      if (content.counted && !content.writing) this.#spill(content);
    }
  }

  #spill(content: Content): void {
    this.write(content).catch((error) =>
      this.#options.log.error({ err: error }, "an object stays in memory"),
    );
  }

  #compact(): void {
    this.#contents = this.#contents.slice(this.#head).filter((content) => content.counted);
    this.#head = 0;
    this.#compactAt = Math.max(COMPACT_AT, 2 * this.#contents.length);
  }

  #discount(content: Content): void {
    if (!content.counted) return;
    content.counted = false;
    this.#bytes -= content.size;
  }
}
