import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { RainError } from "../../errors.ts";
import { changeOfFile, changeOfTree, type FileChange } from "../../platform/files/changes/fingerprint.ts";
import { noteShared } from "../../platform/files/changes/linked-files.ts";
import type { FileFacts } from "../../protocol/messages/index.ts";
import { Content, type StoredObject } from "./content.ts";
import { ContentMemory } from "./content-memory.ts";
import { SessionFolder } from "./session-folder.ts";

const DEFAULT_BUDGET = 64 << 20;

interface SessionObjects {
  objects: Map<number, StoredObject>;
  folder: SessionFolder;
}

/**
 * The objects of a worker. Blobs up to 1 MiB stay in memory, within a budget; beyond it, the oldest are moved
 * to files. Larger blobs
 * and directories are always files. A pinned content stays readable after its object is dropped.
 */
export class ObjectStore {
  readonly #directory: string;
  readonly #log: Logger;
  readonly #memory: ContentMemory;
  readonly #sessions = new Map<number, SessionObjects>();
  /** Pending file operations. */
  readonly #pending = new Set<Promise<unknown>>();
  #fileBytes = 0;
  #onGivenUp: (session: number, object: number) => void = () => {};

  /** `budget` in bytes. */
  constructor({
    directory,
    budget = DEFAULT_BUDGET,
    log,
  }: { directory: string; budget?: number | undefined; log: Logger }) {
    this.#directory = directory;
    this.#log = log;
    this.#memory = new ContentMemory({
      budget,
      log,
      pin: (content) => this.pin(content),
      unpin: (content) => this.unpin(content),
      onWritten: ({ size }) => {
        this.#fileBytes += size;
      },
    });
  }

  get memoryBytes(): number {
    return this.#memory.bytes;
  }

  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Whether objects arrive faster than they are written. Callers should `waitForSpace` before they add more. */
  get isOverfull(): boolean {
    return this.#memory.isOverfull;
  }

  waitForSpace(): Promise<void> {
    return this.#memory.waitForSpace();
  }

  has(session: number, object: number): boolean {
    return this.get(session, object) !== undefined;
  }

  get(session: number, object: number): StoredObject | undefined {
    return this.#sessions.get(session)?.objects.get(object);
  }

  /** All objects of a session, by their numbers. */
  objectsOf(session: number): ReadonlyMap<number, StoredObject> {
    return this.#sessions.get(session)?.objects ?? new Map();
  }

  /** Stores a blob. An object that is already in the store stays as it is. */
  put(
    session: number,
    object: number,
    bytes: Uint8Array,
    contentType: string,
    file?: FileFacts,
  ): StoredObject {
    const { objects, folder } = this.#session(session);
    const present = objects.get(object);
    if (present) return present;
    const content = new Content(folder, object, { dataType: "blob", size: bytes.length, file, bytes });
    const stored = { content, contentType };
    objects.set(object, stored);
    this.#memory.add(content);
    return stored;
  }

  /**
   * Moves a file or directory into the store. It must be on the same file system.
   * @param shared for a file of another worker. `isSound` is called with its new path when later changes would be
   * noticed: whether it has not been changed before
   * @throws IO; OBJECT_LOST if it is not sound; SESSION_ENDED if the session ends in the meantime
   */
  async adopt(
    session: number,
    object: number,
    source: string,
    contentType: string,
    shared?: { isSound: (path: string) => Promise<boolean> },
  ): Promise<StoredObject> {
    const entry = this.#session(session);
    const { dataType, size, file, ...taken } = await this.#track(entry.folder.take(object, source));
    const content = new Content(entry.folder, object, { dataType, size, file, stored: taken });
    this.#fileBytes += content.size;
    if (shared) this.#noteShared(content);
    if (shared && !(await this.#track(shared.isSound(taken.path)))) {
      this.unpin(content);
      throw new RainError("OBJECT_LOST", `the file of object ${object} was changed while it was stored`);
    }
    const present = entry.objects.get(object);
    const ended = this.#sessions.get(session) !== entry;
    if (present || ended) this.unpin(content);
    if (ended)
      throw new RainError("SESSION_ENDED", `session ${session} ended before object ${object} was stored`);
    if (present) return present;
    const stored = { content, contentType };
    entry.objects.set(object, stored);
    return stored;
  }

  /** Stores the content of `source` under another number. */
  forward(session: number, object: number, source: StoredObject, contentType: string): StoredObject {
    const { objects } = this.#session(session);
    const present = objects.get(object);
    if (present) return present;
    const stored = { content: source.content, contentType };
    this.pin(source.content);
    objects.set(object, stored);
    return stored;
  }

  /** Keeps the content readable until `unpin`. */
  pin(content: Content): void {
    content.pins++;
  }

  unpin(content: Content): void {
    content.pins--;
    if (content.pins > 0) return;
    this.#memory.forget(content);
    if (content.path === undefined) return;
    content.endSharing();
    this.#fileBytes -= content.size;
    this.#inBackground(content.folder.remove(content.path));
  }

  /** The path of a read-only file or directory with the content, which the caller has pinned. @throws IO */
  async pathOf(content: Content): Promise<string> {
    return content.path ?? (await this.#track(this.#memory.write(content)));
  }

  /**
   * Must be called before an executor gets the path of a content, which the caller has pinned. Returns a promise if
   * another worker has the file as well: a copy then takes its place.
   */
  expose(content: Content): Promise<void> | undefined {
    content.isExposed = true;
    return this.#separated(content);
  }

  /**
   * Whether other processes on this machine may read the file of a content. They do not notice every change, so no user
   * code may get at it.
   */
  mayRead({ stored, isShared, isExposed }: Content): boolean {
    if (!stored || isExposed) return false;
    return isShared || lstatSync(stored.path, { throwIfNoEntry: false })?.nlink === 1;
  }

  /** The same for another worker, which may link the file. From then on, it is replaced before user code gets at it. */
  mayLink(content: Content): boolean {
    if (!this.mayRead(content)) return false;
    this.#noteShared(content);
    return true;
  }

  /**
   * Looks whether the files of a content, which the caller has pinned, are as they were. Returns a promise only for a
   * directory.
   */
  changeOf({ stored, dataType }: Content): FileChange | undefined | Promise<FileChange | undefined> {
    if (!stored) return undefined;
    const { path, fingerprint } = stored;
    return dataType === "dir" ? changeOfTree(path, fingerprint) : changeOfFile(path, fingerprint);
  }

  /** Gives up a content whose files somebody has changed, under all of its numbers. */
  giveUp(content: Content): void {
    for (const [session, { objects }] of this.#sessions) {
      for (const [object, stored] of objects) {
        if (stored.content !== content) continue;
        this.drop(session, object);
        this.#onGivenUp(session, object);
      }
    }
  }

  /** Sets the function that is called for each object that was given up. */
  onGivenUp(listener: (session: number, object: number) => void): void {
    this.#onGivenUp = listener;
  }

  /** Removes an object, if it is in the store. */
  drop(session: number, object: number): void {
    const objects = this.#sessions.get(session)?.objects;
    const stored = objects?.get(object);
    if (!stored) return;
    objects?.delete(object);
    this.unpin(stored.content);
  }

  dropSession(session: number): void {
    const entry = this.#sessions.get(session);
    if (!entry) return;
    this.#sessions.delete(session);
    for (const { content } of entry.objects.values()) this.unpin(content);
    this.#inBackground(entry.folder.end());
  }

  /** Waits for pending file operations. The files stay. */
  async close(): Promise<void> {
    await this.#memory.idle();
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** Replaces a file that another worker has as well by a copy. Returns nothing if there is none. */
  #separated(content: Content): Promise<void> | undefined {
    if (!content.isShared) return undefined;
    content.separation ??= this.#track(this.#separate(content)).finally(() => {
      content.separation = undefined;
    });
    return content.separation;
  }

  /** Each link that the other worker makes or removes changes the time of status. */
  #noteShared(content: Content): void {
    const { stored } = content;
    if (!stored || content.isShared) return;
    content.isShared = true;
    stored.fingerprint.statusTimes = undefined;
    content.endSharing = noteShared(stored.path, async () => await this.#separated(content));
  }

  /** @throws IO */
  async #separate(content: Content): Promise<void> {
    if (content.path === undefined) return;
    content.stored = await content.folder.separate(content.object, content.path);
    content.isShared = false;
    content.endSharing();
  }

  #session(session: number): SessionObjects {
    let entry = this.#sessions.get(session);
    if (!entry) {
      entry = { objects: new Map(), folder: new SessionFolder(join(this.#directory, String(session))) };
      this.#sessions.set(session, entry);
    }
    return entry;
  }

  #inBackground(operation: Promise<unknown>): void {
    this.#track(operation).catch((error) =>
      this.#log.warn({ err: error }, "an object's file was not removed"),
    );
  }

  async #track<Result>(operation: Promise<Result>): Promise<Result> {
    this.#pending.add(operation);
    try {
      return await operation;
    } finally {
      this.#pending.delete(operation);
    }
  }
}
