import type { Readable } from "node:stream";
import type { HeaderInfo } from "../../transport/data-paths.ts";
import type { Download } from "../../transport/download.ts";
import type { SharedFile } from "../../transport/shared-files.ts";

/** A source of objects. */
export interface ObjectSource {
  /** Name for messages. */
  readonly url: string;
  /**
   * Opens an object. @throws RainError when another attempt is useless, such as NOT_FOUND; any other Error
   * when it may help
   */
  get(request: ObjectRequest, signal: AbortSignal): Promise<OpenedObject>;
}

export interface ObjectRequest {
  session: number;
  object: number;
  /** Bytes, as announced. */
  size: number;
  /** Whether the answer may be a file on this machine instead of the bytes. */
  share: boolean;
  /** First byte to fetch of a large blob: the bytes before it are here already. */
  start: number;
}

export type OpenedObject = { info: HeaderInfo } & (
  | { kind: "stream"; body: Readable }
  | { kind: "download"; download: Download }
  | { kind: "file"; file: SharedFile }
);

/** An object that is being fetched. */
export class PendingFetch {
  readonly session: number;
  readonly object: number;
  /** Bytes, as announced. */
  readonly size: number;
  /** Slot of the peer. */
  readonly slot: number;
  readonly from: ObjectSource;
  #cancelled = false;
  #abort: AbortController | undefined;

  constructor(of: { session: number; object: number; size: number; slot: number; from: ObjectSource }) {
    this.session = of.session;
    this.object = of.object;
    this.size = of.size;
    this.slot = of.slot;
    this.from = of.from;
  }

  /** The object is no longer needed: it must not reach the store. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#cancelled) this.#abort.abort();
    return this.#abort.signal;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#abort?.abort();
  }
}

/** The outcome of a wanted object. Nothing is reported about cancelled ones. */
export interface FetchEvents {
  arrived(fetch: PendingFetch): void;
  lost(fetch: PendingFetch, reason: unknown): void;
}
