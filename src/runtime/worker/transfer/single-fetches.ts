import { join } from "node:path";
import { SERVER_SLOT } from "../../model/slots.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import { copySharedFile, isStillNamed, linkSharedFile } from "../../transport/shared-files.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { FetchEvents, OpenedObject, PendingFetch } from "./pending-fetch.ts";
import { applyFacts, type Destination, receiveObject, receiveRest, takeFile } from "./receive.ts";
import { withRetries } from "./retries.ts";

/** Transfers at the same time at most: enough to keep the network busy, few enough for flat memory. */
export const MAX_SINGLES = 4;

type SharedObject = Extract<OpenedObject, { kind: "file" }>;

/** Fetches large objects and directories one by one, a few at a time, straight into files. */
export class SingleFetches {
  readonly #store: ObjectStore;
  readonly #directory: string;
  readonly #events: FetchEvents;
  /** Wanted objects. Those from `#next` on wait for their turn. */
  #queue: PendingFetch[] = [];
  #next = 0;
  readonly #active = new Map<PendingFetch, Promise<void>>();
  #serial = 0;

  /** @param directory holds incomplete files; it exists, on the file system of the store */
  constructor(store: ObjectStore, directory: string, events: FetchEvents) {
    this.#store = store;
    this.#directory = directory;
    this.#events = events;
  }

  add(fetch: PendingFetch): void {
    this.#queue.push(fetch);
    this.#startNext();
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    this.#queue = [];
    this.#next = 0;
    for (const fetch of this.#active.keys()) fetch.cancel();
    await Promise.all(this.#active.values());
  }

  #startNext(): void {
    while (this.#active.size < MAX_SINGLES) {
      const fetch = this.#queue[this.#next];
      if (!fetch) break;
      this.#next++;
      if (!fetch.cancelled) this.#active.set(fetch, this.#run(fetch));
    }
    if (this.#next < this.#queue.length) return;
    this.#queue = [];
    this.#next = 0;
  }

  async #run(fetch: PendingFetch): Promise<void> {
    try {
      await this.#store.waitForSpace();
      await this.#transfer(fetch);
      if (!fetch.cancelled) this.#events.arrived(fetch);
    } catch (error) {
      if (!fetch.cancelled) this.#events.lost(fetch, error);
    }
    this.#active.delete(fetch);
    this.#startNext();
  }

  /** Fetches an object. An attempt at a large blob continues where the previous one was cut off. */
  async #transfer(fetch: PendingFetch): Promise<void> {
    const { session, object, signal } = fetch;
    const path = join(this.#directory, `${session}-${object}-${this.#serial++}`);
    const to = { store: this.#store, session, object, partial: { path, length: 0 } };
    try {
      await withRetries(() => this.#receive(fetch, to, true), signal);
    } catch (error) {
      await removeTree(path);
      throw error;
    }
  }

  async #receive(fetch: PendingFetch, to: Destination, share: boolean): Promise<void> {
    const { from, session, object, size, slot, signal } = fetch;
    const opened = await from.get({ session, object, size, share, start: to.partial.length }, signal);
    switch (opened.kind) {
      case "stream":
        return await receiveObject(opened.body, opened.info, to, signal);
      case "download":
        return await receiveRest(opened.download, opened.info, to, signal);
      case "file":
        if (slot === SERVER_SLOT ? await copied(opened, to, signal) : await linked(opened, to, signal))
          return;
        return await this.#receive(fetch, to, false);
    }
  }
}

/** The server's file is the only one: what a task did to a link of it could not be undone. */
async function copied({ info, file }: SharedObject, to: Destination, signal: AbortSignal): Promise<boolean> {
  if (!(await copySharedFile(file, to.partial.path))) return false;
  await applyFacts(to.partial.path, info);
  await takeFile(info, to, signal);
  return true;
}

/** Until the store knows what the file was like, a task of the other worker may change it unnoticed. */
async function linked({ info, file }: SharedObject, to: Destination, signal: AbortSignal): Promise<boolean> {
  if (!(await linkSharedFile(file, to.partial.path))) return false;
  await takeFile(info, to, signal, { isSound: (path) => isStillNamed(path, file) });
  return true;
}
