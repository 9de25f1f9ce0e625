import type { JournalBody } from "./records.ts";

/** Maximum bytes of records that wait for room on the disk. */
const MAX_PENDING_BYTES = 16 << 20;

/** Records that are not yet in the file. */
export class PendingRecords {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Whether to keep a record until there is room on the disk. If not, counts it as dropped. Measurements would
   * fill the disk again. Beyond the limit, only the ends of sessions are kept: no session can be opened, so their
   * number is limited.
   */
  hasRoomFor([kind]: JournalBody): boolean {
    if (kind === "sample") return false;
    if (this.#bytes < MAX_PENDING_BYTES || kind === "sessionChanged") return true;
    this.#dropped++;
    return false;
  }

  add(header: Uint8Array, item: Uint8Array): void {
    this.#parts.push(header, item);
    this.#bytes += header.length + item.length;
  }

  /** Puts written records before all others. */
  putBack(parts: readonly Uint8Array[]): void {
    this.#parts = [...parts, ...this.#parts];
    for (const { length } of parts) this.#bytes += length;
  }

  concat(): Uint8Array {
    return Buffer.concat(this.#parts, this.#bytes);
  }

  /** Removes all records. Returns how many were dropped since the last call. */
  clear(): number {
    const dropped = this.#dropped;
    this.#parts = [];
    this.#bytes = 0;
    this.#dropped = 0;
    return dropped;
  }
}
