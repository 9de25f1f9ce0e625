import { rm } from "node:fs/promises";
import { join } from "node:path";
import { linkSharedFile } from "../../transport/shared-files.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { type Destination, receiveObject, receiveRest, takeFile } from "./receive.ts";
import { withRetries } from "./retries.ts";
import type { Want, WantEvents } from "./want.ts";

/** Transfers at the same time at most: enough to keep the network busy, few enough for flat memory. */
export const MAX_SINGLES = 4;

/** Fetches large objects and directories one by one, a few at a time, straight into files. */
export class SingleFetches {
  readonly #store: ObjectStore;
  readonly #directory: string;
  readonly #events: WantEvents;
  /** Wanted objects. Those from `#next` on wait for their turn. */
  #queue: Want[] = [];
  #next = 0;
  readonly #active = new Map<Want, Promise<void>>();
  #serial = 0;

  /** @param directory holds incomplete files; it exists, on the file system of the store */
  constructor(store: ObjectStore, directory: string, events: WantEvents) {
    this.#store = store;
    this.#directory = directory;
    this.#events = events;
  }

  add(want: Want): void {
    this.#queue.push(want);
    this.#startNext();
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    this.#queue = [];
    this.#next = 0;
    for (const want of this.#active.keys()) want.cancel();
    await Promise.all(this.#active.values());
  }

  #startNext(): void {
    while (this.#active.size < MAX_SINGLES) {
      const want = this.#queue[this.#next];
      if (!want) break;
      this.#next++;
      if (!want.cancelled) this.#active.set(want, this.#fetch(want));
    }
    if (this.#next < this.#queue.length) return;
    this.#queue = [];
    this.#next = 0;
  }

  async #fetch(want: Want): Promise<void> {
    try {
      await this.#store.room();
      await this.#bring(want);
      if (!want.cancelled) this.#events.arrived(want);
    } catch (error) {
      if (!want.cancelled) this.#events.lost(want, error);
    }
    this.#active.delete(want);
    this.#startNext();
  }

  /** Fetches an object. An attempt at a large blob continues where the previous one was cut off. */
  async #bring(want: Want): Promise<void> {
    const { session, object, signal } = want;
    const path = join(this.#directory, `${session}-${object}-${this.#serial++}`);
    const to = { store: this.#store, session, object, partial: { path, length: 0 } };
    try {
      await withRetries(() => this.#receive(want, to, true), signal);
    } catch (error) {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      throw error;
    }
  }

  async #receive(want: Want, to: Destination, share: boolean): Promise<void> {
    const { from, session, object, size, signal } = want;
    const opened = await from.get({ session, object, size, share, start: to.partial.length }, signal);
    switch (opened.kind) {
      case "stream":
        return await receiveObject(opened.body, opened.info, to, signal);
      case "download":
        return await receiveRest(opened.download, opened.info, to, signal);
      case "file":
        if (await linkSharedFile(opened.file, to.partial.path))
          return await takeFile(opened.info, to, signal);
        return await this.#receive(want, to, false);
    }
  }
}
