import { Readable } from "node:stream";
import { messageOf, RainError } from "../../errors.ts";
import { SERVER_SLOT } from "../../model/slots.ts";
import type { ObjectInfo, PeerAddress } from "../../protocol/messages/index.ts";
import { type Credentials, serverUrl } from "../../security/credentials.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Order } from "../tasks/assignments.ts";
import { MAX_SMALL } from "./batch-answer.ts";
import { type BatchEvents, BatchFetches } from "./batch-fetches.ts";
import { Peer } from "./peer.ts";
import { MAX_SINGLES, SingleFetches } from "./single-fetches.ts";
import { type ObjectSource, Want } from "./want.ts";

export interface FetcherOptions {
  store: ObjectStore;
  /** `HOST:PORT` of the server, which holds the constants as slot 0. */
  server: string;
  credentials?: Credentials;
  /** Id of this machine: files of peers on it need not be sent. */
  host: string;
  /** An existing directory on the file system of the store, for incomplete objects. */
  incoming: string;
  /** An object is in the store. */
  onArrived: (session: number, object: number) => void;
  /** An object will not come. */
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
  readonly #wants = new Map<number, Map<number, Want>>();
  readonly #events: BatchEvents;
  /** Connections to workers that were forgotten. */
  readonly #closing = new Set<Promise<void>>();
  #received = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#events = {
      arrived: (want) => this.#arrived(want),
      lost: (want, reason) => this.#lost(want, reason),
      notSmall: (want) => this.#singles.add(want),
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

  /** A worker is lost: nothing will come from it. */
  losePeer(slot: number): void {
    for (const wants of [...this.#wants.values()]) {
      for (const want of [...wants.values()]) {
        if (want.slot !== slot) continue;
        want.cancel();
        this.#lost(want, new Error("the worker is lost"));
      }
    }
    this.#forgetPeer(slot);
  }

  /** Cancels everything and forgets the addresses of other workers, which the next server will send. */
  forgetPeers(): void {
    for (const session of [...this.#wants.keys()]) this.endSession(session);
    for (const slot of [...this.#peers.keys()]) this.#forgetPeer(slot);
  }

  /** Fetches an object, unless it is on its way already. */
  fetch(session: number, { object, source, size }: Order): void {
    if (this.#wants.get(session)?.has(object)) return;
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
    const want = new Want({ session, object, size, slot: source, from: entry.peer });
    this.#remember(want);
    if (source === SERVER_SLOT || size > MAX_SMALL) this.#singles.add(want);
    else entry.batches.add(want);
  }

  /** Unpacks a directory that the server has sent along as a tar. */
  unpack(session: number, object: number, info: ObjectInfo, tar: Uint8Array): void {
    if (this.#wants.get(session)?.has(object)) return;
    const from: ObjectSource = {
      url: "sent along",
      get: async () => ({ kind: "stream", info, body: Readable.from([tar], { objectMode: false }) }),
    };
    const want = new Want({ session, object, size: info.size, slot: SERVER_SLOT, from });
    this.#remember(want);
    this.#singles.add(want);
  }

  /** An object is no longer needed. */
  cancel(session: number, object: number): void {
    const want = this.#wants.get(session)?.get(object);
    if (want) this.#forget(want);
    want?.cancel();
  }

  endSession(session: number): void {
    for (const want of this.#wants.get(session)?.values() ?? []) want.cancel();
    this.#wants.delete(session);
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    for (const session of [...this.#wants.keys()]) this.endSession(session);
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

  #remember(want: Want): void {
    const wants = this.#wants.get(want.session);
    if (wants) wants.set(want.object, want);
    else this.#wants.set(want.session, new Map([[want.object, want]]));
  }

  #forget({ session, object }: Want): void {
    this.#wants.get(session)?.delete(object);
  }

  #arrived(want: Want): void {
    const { session, object } = want;
    this.#forget(want);
    this.#received += this.#options.store.get(session, object)?.content.size ?? 0;
    this.#options.onArrived(session, object);
  }

  #lost(want: Want, reason: unknown): void {
    const { session, object, slot } = want;
    this.#forget(want);
    const from = `${slot === SERVER_SLOT ? "the server" : `worker ${slot}`} (${want.from.url})`;
    this.#options.onLost(session, object, slot, lostError(session, object, from, messageOf(reason), reason));
  }
}

function lostError(session: number, object: number, from: string, why: string, cause?: unknown): RainError {
  const message = `object ${object} of session ${session} could not be brought from ${from}: ${why}`;
  return new RainError("OBJECT_LOST", message, { details: { object, from }, cause });
}
