import { Readable } from "node:stream";
import { messageOf, RainError } from "../../errors.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import type { ObjectInfo, PeerAddress } from "../../protocol/messages/index.ts";
import { type Credentials, serverUrl } from "../../security/credentials.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { FetchRequest } from "../tasks/assignments.ts";
import { MAX_SMALL } from "./batch-answer.ts";
import { type BatchEvents, BatchFetches } from "./batch-fetches.ts";
import { Peer } from "./peer.ts";
import { type ObjectSource, PendingFetch } from "./pending-fetch.ts";
import { MAX_SINGLES, SingleFetches } from "./single-fetches.ts";

export interface FetcherOptions {
  store: ObjectStore;
  /** `HOST:PORT` of the server, which has the constants as slot 0. */
  server: string;
  credentials?: Credentials;
  /** Id of this machine. Files of peers on it are linked instead of sent. */
  host: string;
  /** An existing directory on the file system of the store, for incomplete objects. */
  incoming: string;
  /** Called when an object is in the store. */
  onArrived: (session: number, object: number) => void;
  /** Called when an object cannot be fetched. */
  onLost: (session: number, object: number, source: number, error: RainError) => void;
}

interface PeerEntry {
  peer: Peer;
  batches: BatchFetches;
}

/**
 * Fetches objects from other workers and from the server into the store: small ones in batches, the others
 * one by one.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #peers = new Map<number, PeerEntry>();
  readonly #singles: SingleFetches;
  readonly #fetches = new Map<number, Map<number, PendingFetch>>();
  readonly #events: BatchEvents;
  /** Connections to workers that were forgotten. */
  readonly #closing = new Set<Promise<void>>();
  #received = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#events = {
      arrived: (fetch) => this.#arrived(fetch),
      lost: (fetch, reason) => this.#lost(fetch, reason),
      notSmall: (fetch) => this.#singles.add(fetch),
    };
    this.#singles = new SingleFetches(options.store, options.incoming, this.#events);
    this.#addPeer({ slot: SERVER_SLOT, url: serverUrl(options.server, options.credentials ?? {}) });
  }

  /** Bytes of the objects received so far. */
  get received(): number {
    return this.#received;
  }

  /** Adds the addresses of other workers. A slot is never given twice. */
  addPeers(peers: readonly PeerAddress[]): void {
    for (const peer of peers) if (!this.#peers.has(peer.slot)) this.#addPeer(peer);
  }

  /** Cancels the fetches from a lost worker, and forgets its address. */
  losePeer(slot: number): void {
    for (const fetches of [...this.#fetches.values()]) {
      for (const fetch of [...fetches.values()]) {
        if (fetch.slot !== slot) continue;
        fetch.cancel();
        this.#lost(fetch, new Error("the worker is lost"));
      }
    }
    this.#forgetPeer(slot);
  }

  /** Cancels everything and forgets the addresses of other workers, which the next server will send. */
  forgetPeers(): void {
    for (const session of [...this.#fetches.keys()]) this.endSession(session);
    for (const slot of [...this.#peers.keys()]) this.#forgetPeer(slot);
  }

  /** Fetches an object, unless it is already being fetched. */
  fetch(session: number, { object, source, size }: FetchRequest): void {
    if (this.#fetches.get(session)?.has(object)) return;
    const entry = this.#peers.get(source);
    if (!entry) {
      this.#options.onLost(
        session,
        object,
        source,
        lostError(session, object, `worker ${source}`, "it is unknown here"),
      );
      return;
    }
    const fetch = new PendingFetch({ session, object, size, slot: source, from: entry.peer });
    this.#remember(fetch);
    if (source === SERVER_SLOT || size > MAX_SMALL) this.#singles.add(fetch);
    else entry.batches.add(fetch);
  }

  /** Unpacks a directory that came as a tar with an assignment. */
  unpack(session: number, object: number, info: ObjectInfo, tar: Uint8Array): void {
    if (this.#fetches.get(session)?.has(object)) return;
    const from: ObjectSource = {
      url: "sent along",
      get: async () => ({ kind: "stream", info, body: Readable.from([tar], { objectMode: false }) }),
    };
    const fetch = new PendingFetch({ session, object, size: info.size, slot: SERVER_SLOT, from });
    this.#remember(fetch);
    this.#singles.add(fetch);
  }

  /** An object is no longer needed. */
  cancel(session: number, object: number): void {
    const fetch = this.#fetches.get(session)?.get(object);
    if (fetch) this.#forget(fetch);
    fetch?.cancel();
  }

  endSession(session: number): void {
    for (const fetch of this.#fetches.get(session)?.values() ?? []) fetch.cancel();
    this.#fetches.delete(session);
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    for (const session of [...this.#fetches.keys()]) this.endSession(session);
    const peers = [...this.#peers.values()];
    await Promise.all([this.#singles.close(), ...peers.map(({ batches }) => batches.close())]);
    await Promise.all([...this.#closing, ...peers.map(({ peer }) => peer.close())]);
  }

  #forgetPeer(slot: number): void {
    const entry = this.#peers.get(slot);
    if (!entry || slot === SERVER_SLOT) return;
    this.#peers.delete(slot);
    const closing = entry.batches.close().then(() => entry.peer.close());
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  #addPeer({ slot, url }: PeerAddress): void {
    const peer = new Peer(url, MAX_SINGLES + 1, this.#options.host, this.#options.credentials ?? {});
    this.#peers.set(slot, { peer, batches: new BatchFetches(peer, this.#options.store, this.#events) });
  }

  #remember(fetch: PendingFetch): void {
    const fetches = this.#fetches.get(fetch.session);
    if (fetches) fetches.set(fetch.object, fetch);
    else this.#fetches.set(fetch.session, new Map([[fetch.object, fetch]]));
  }

  #forget({ session, object }: PendingFetch): void {
    this.#fetches.get(session)?.delete(object);
  }

  #arrived(fetch: PendingFetch): void {
    const { session, object } = fetch;
    this.#forget(fetch);
    this.#received += this.#options.store.get(session, object)?.content.size ?? 0;
    this.#options.onArrived(session, object);
  }

  #lost(fetch: PendingFetch, reason: unknown): void {
    const { session, object, slot } = fetch;
    this.#forget(fetch);
    const from = `${slot === SERVER_SLOT ? "the server" : `worker ${slot}`} (${fetch.from.url})`;
    this.#options.onLost(session, object, slot, lostError(session, object, from, messageOf(reason), reason));
  }
}

function lostError(session: number, object: number, from: string, why: string, cause?: unknown): RainError {
  const message = `object ${object} of session ${session} could not be fetched from ${from}: ${why}`;
  return new RainError("OBJECT_LOST", message, { details: { object, from }, cause });
}
