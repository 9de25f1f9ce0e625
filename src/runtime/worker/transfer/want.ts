import type { Readable } from "node:stream";
import type { HeaderInfo } from "../../transport/data-paths.ts";
import type { Download } from "../../transport/download.ts";
import type { SharedFile } from "../../transport/shared-files.ts";

/** A place where objects come from. */
export interface ObjectSource {
  /** For messages. */
  readonly url: string;
  /** Opens an object. @throws RainError when trying again is of no use, such as NOT_FOUND; any other Error when it may be */
  get(wanted: WantedObject, signal: AbortSignal): Promise<OpenedObject>;
}

export interface WantedObject {
  session: number;
  object: number;
  /** Bytes, as announced. */
  size: number;
  /** It may be answered with a file on this machine instead of the bytes. */
  share: boolean;
  /** What comes before is here already: a large blob may be answered with the bytes from here on. */
  start: number;
}

export type OpenedObject = { info: HeaderInfo } & (
  | { kind: "stream"; body: Readable }
  | { kind: "download"; download: Download }
  | { kind: "file"; file: SharedFile }
);

/** An object that is being fetched. */
export class Want {
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

  /** Nobody needs it any more: it must not reach the store. */
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

/** What becomes of a want. Of cancelled ones nothing is told. */
export interface WantEvents {
  arrived(want: Want): void;
  lost(want: Want, reason: unknown): void;
}
