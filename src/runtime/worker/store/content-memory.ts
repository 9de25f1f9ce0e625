import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import { Limit } from "../transfer/limit.ts";
import type { Content } from "./content.ts";

/** Bytes of a content that may stay in memory, at most. */
export const MAX_IN_MEMORY = 1 << 20;
/** Files that are written at the same time, at most. */
const MAX_WRITES = 8;
/** Minimum length of the list of contents at which those that are gone are removed from it. */
const COMPACT_AT = 1024;

export interface ContentMemoryOptions {
  /** Bytes. */
  budget: number;
  log: Logger;
  /** Called when a content has been written to a file. */
  onWritten: (content: Content) => void;
  /** Keeps a content while it is being written. */
  pin: (content: Content) => void;
  unpin: (content: Content) => void;
}

/** Keeps contents in memory, within a budget. Beyond it, the oldest are moved to files. */
export class ContentMemory {
  readonly #options: ContentMemoryOptions;
  readonly #limit = new Limit(MAX_WRITES);
  /** The contents from `#head` on, in order of arrival. Some of them are no longer in memory. */
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

  /** Whether contents arrive faster than they are written. Callers should `waitForSpace` before they add more. */
  get isOverfull(): boolean {
    return this.#bytes > 2 * this.#options.budget;
  }

  async waitForSpace(): Promise<void> {
    if (this.isOverfull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Adds a new content with its bytes. */
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

  /** Removes the bytes from memory. */
  forget(content: Content): void {
    content.bytes = undefined;
    this.#discount(content);
  }

  /** Moves the bytes to a file, and returns its path. @throws IO; the bytes then stay in memory */
  write(content: Content): Promise<string> {
    const { bytes, object } = content;
    if (!bytes) throw new RainError("INTERNAL", `object ${object} has neither bytes nor a file`);
    if (!content.writing) {
      content.writing = this.#write(content, bytes);
      this.#writes.add(content.writing);
    }
    return content.writing;
  }

  /** Waits for pending writes. */
  async idle(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes);
  }

  async #write(content: Content, bytes: Uint8Array): Promise<string> {
    const { folder, object, size } = content;
    this.#options.pin(content);
    this.#writingBytes += size;
    try {
      const stored = await this.#limit.run(() => folder.write(object, bytes, content.file));
      content.stored = stored;
      this.#options.onWritten(content);
      this.forget(content);
      return stored.path;
    } catch (error) {
      // The bytes stay in memory, but no longer count: tasks must not wait for their space.
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
      this.#options.log.error({ err: error }, "an object could not be written, and stays in memory"),
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
