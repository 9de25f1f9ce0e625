import { RainError } from "../../errors.ts";
import type { ObjectInfo } from "../../protocol/messages/index.ts";
import type { BatchSink } from "../../transport/object-batch.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { MAX_BATCH, MAX_SMALL } from "./batch-answer.ts";
import type { Peer } from "./peer.ts";
import { withRetries } from "./retries.ts";
import type { Want, WantEvents } from "./want.ts";

/** Announced bytes in one batch at most. They are all in memory first. */
const MAX_BATCH_BYTES = 8 << 20;

export interface BatchEvents extends WantEvents {
  /** The peer does not have the object, or does not send it in a batch. */
  notSmall(want: Want): void;
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
  readonly #gathered = new Map<number, Want[]>();
  #working: Promise<void> | undefined;

  constructor(peer: Peer, store: ObjectStore, events: BatchEvents) {
    this.#peer = peer;
    this.#store = store;
    this.#events = events;
  }

  add(want: Want): void {
    const gathered = this.#gathered.get(want.session);
    if (gathered) gathered.push(want);
    else this.#gathered.set(want.session, [want]);
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
    for (let wants = this.#take(); wants.length > 0; wants = this.#take()) {
      await this.#store.room();
      await this.#fetch(wants);
    }
    this.#working = undefined;
  }

  /** The wants of the next request, all of one session. */
  #take(): Want[] {
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

  async #fetch(wants: Want[]): Promise<void> {
    const left = new Map<number, Want>();
    for (const want of wants) if (!want.cancelled) left.set(want.object, want);
    const [first] = left.values();
    if (!first) return;
    const sink = () => new WantedObjects(left, this.#store, this.#events);
    const { session } = first;
    const { signal } = this.#closing;
    try {
      await withRetries(
        () => this.#peer.getBatch(session, Uint32Array.from(left.keys()), sink(), signal),
        signal,
      );
      for (const want of left.values()) this.#events.notSmall(want);
    } catch (error) {
      for (const want of left.values())
        if (!want.cancelled && !signal.aborted) this.#events.lost(want, error);
    }
  }
}

/** Stores the objects of a batch as they arrive, and removes them from the wanted ones. */
class WantedObjects implements BatchSink {
  readonly #left: Map<number, Want>;
  readonly #store: ObjectStore;
  readonly #events: WantEvents;
  readonly #missing = new Set<number>();
  #want: Want | undefined;
  #contentType = "";
  #bytes = new Uint8Array();
  #length = 0;

  constructor(left: Map<number, Want>, store: ObjectStore, events: WantEvents) {
    this.#left = left;
    this.#store = store;
    this.#events = events;
  }

  begin(object: number, info: ObjectInfo, bodyLength: number): void {
    if (info.dataType === "dir" || bodyLength > MAX_SMALL) {
      throw new RainError("INVALID_MESSAGE", `object ${object} is too large for a batch`);
    }
    this.#want = this.#left.get(object);
    if (!this.#want)
      throw new RainError("INVALID_MESSAGE", `object ${object} was not asked for, or came before`);
    this.#contentType = info.contentType;
    this.#bytes = new Uint8Array(bodyLength);
    this.#length = 0;
  }

  data(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  end(): void {
    const want = this.#want;
    if (!want) return;
    this.#left.delete(want.object);
    if (want.cancelled) return;
    this.#store.put(want.session, want.object, this.#bytes, this.#contentType);
    this.#events.arrived(want);
  }

  /** It stays on the list of what is left: the peer may send it alone. */
  missing(object: number): void {
    if (!this.#left.has(object) || this.#missing.has(object)) {
      throw new RainError("INVALID_MESSAGE", `object ${object} was not asked for, or is missing twice`);
    }
    this.#missing.add(object);
  }
}
