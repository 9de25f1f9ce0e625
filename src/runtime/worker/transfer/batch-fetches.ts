import { RainError } from "../../errors.ts";
import type { ObjectInfo } from "../../protocol/messages/index.ts";
import type { BatchSink } from "../../transport/object-batch.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { MAX_BATCH, MAX_SMALL } from "./batch-answer.ts";
import type { Peer } from "./peer.ts";
import type { FetchEvents, PendingFetch } from "./pending-fetch.ts";
import { withRetries } from "./retries.ts";

/** Announced bytes in one batch at most. They are all in memory first. */
const MAX_BATCH_BYTES = 8 << 20;

export interface BatchEvents extends FetchEvents {
  /** The peer does not have the object, or does not send it in a batch. */
  notSmall(fetch: PendingFetch): void;
}

/**
 * Fetches small objects from one peer: one request at a time, each for all objects that were asked for since
 * the previous one.
 */
export class BatchFetches {
  readonly #peer: Peer;
  readonly #store: ObjectStore;
  readonly #events: BatchEvents;
  readonly #closing = new AbortController();
  /** Wanted objects per session: a request is about one session. */
  readonly #gathered = new Map<number, PendingFetch[]>();
  #working: Promise<void> | undefined;

  constructor(peer: Peer, store: ObjectStore, events: BatchEvents) {
    this.#peer = peer;
    this.#store = store;
    this.#events = events;
  }

  add(fetch: PendingFetch): void {
    const gathered = this.#gathered.get(fetch.session);
    if (gathered) gathered.push(fetch);
    else this.#gathered.set(fetch.session, [fetch]);
    this.#working ??= this.#work();
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#gathered.clear();
    await this.#working;
  }

  async #work(): Promise<void> {
    // Objects that are asked for in the same tick go along.
    await null;
    for (let fetches = this.#take(); fetches.length > 0; fetches = this.#take()) {
      await this.#store.waitForSpace();
      await this.#fetch(fetches);
    }
    this.#working = undefined;
  }

  /** The fetches of the next request, all of one session. */
  #take(): PendingFetch[] {
    for (const [session, gathered] of this.#gathered) {
      let bytes = 0;
      let count = 0;
      for (const { size } of gathered) {
        if (count === MAX_BATCH || bytes >= MAX_BATCH_BYTES) break;
        bytes += size;
        count++;
      }
      this.#gathered.delete(session);
      // The rest queues up behind other sessions.
      if (count < gathered.length) this.#gathered.set(session, gathered.slice(count));
      return gathered.slice(0, count);
    }
    return [];
  }

  async #fetch(fetches: PendingFetch[]): Promise<void> {
    const left = new Map<number, PendingFetch>();
    for (const fetch of fetches) if (!fetch.cancelled) left.set(fetch.object, fetch);
    const [first] = left.values();
    if (!first) return;
    const sink = () => new BatchReceiver(left, this.#store, this.#events);
    const { session } = first;
    const { signal } = this.#closing;
    try {
      await withRetries(
        () => this.#peer.getBatch(session, Uint32Array.from(left.keys()), sink(), signal),
        signal,
      );
      for (const fetch of left.values()) this.#events.notSmall(fetch);
    } catch (error) {
      for (const fetch of left.values())
        if (!fetch.cancelled && !signal.aborted) this.#events.lost(fetch, error);
    }
  }
}

/** Stores the objects of a batch as they arrive, and removes them from the wanted ones. */
class BatchReceiver implements BatchSink {
  readonly #left: Map<number, PendingFetch>;
  readonly #store: ObjectStore;
  readonly #events: FetchEvents;
  readonly #missing = new Set<number>();
  #current: PendingFetch | undefined;
  #info: ObjectInfo | undefined;
  #bytes = new Uint8Array();
  #length = 0;

  constructor(left: Map<number, PendingFetch>, store: ObjectStore, events: FetchEvents) {
    this.#left = left;
    this.#store = store;
    this.#events = events;
  }

  begin(object: number, info: ObjectInfo, bodyLength: number): void {
    if (info.dataType === "dir" || bodyLength > MAX_SMALL) {
      throw new RainError("INVALID_MESSAGE", `object ${object} is too large for a batch`);
    }
    this.#current = this.#left.get(object);
    if (!this.#current)
      throw new RainError("INVALID_MESSAGE", `object ${object} was not asked for, or came before`);
    this.#info = info;
    this.#bytes = new Uint8Array(bodyLength);
    this.#length = 0;
  }

  data(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  end(): void {
    const fetch = this.#current;
    const info = this.#info;
    if (!fetch || !info) return;
    this.#left.delete(fetch.object);
    if (fetch.cancelled) return;
    this.#store.put(fetch.session, fetch.object, this.#bytes, info.contentType, info.file);
    this.#events.arrived(fetch);
  }

  /** Keeps the object among the remaining ones: the peer may send it alone. */
  missing(object: number): void {
    if (!this.#left.has(object) || this.#missing.has(object)) {
      throw new RainError("INVALID_MESSAGE", `object ${object} was not asked for, or is missing twice`);
    }
    this.#missing.add(object);
  }
}
