import { isAscii, isUtf8 } from "node:buffer";
import type { TextColumn } from "./scanner.ts";

/** The value of a cell that is null. */
export const NULL = null;

/** The cells of a column below its header, as text. */
export class Cells {
  readonly length: number;
  readonly #column: TextColumn;
  readonly #first: number;
  readonly #nulls: ReadonlySet<string>;
  readonly #longestNull: number;
  readonly #text: Buffer;
  readonly #ascii: boolean;

  /** @param nulls texts that mean null if they are not in quotes @throws Error when the text is not UTF-8 */
  constructor(column: TextColumn, { first, nulls }: { first: number; nulls: ReadonlySet<string> }) {
    const { buffer, byteOffset } = column.text.bytes;
    this.#text = Buffer.from(buffer, byteOffset, column.text.length);
    if (!isUtf8(this.#text)) {
      throw new Error(
        "the text is not UTF-8; name another encoding in the content type, such as text-latin1",
      );
    }
    this.#ascii = isAscii(this.#text);
    this.#column = column;
    this.#first = first;
    this.#nulls = nulls;
    this.#longestNull = Math.max(0, ...Array.from(nulls, (text) => Buffer.byteLength(text)));
    this.length = column.length - first;
  }

  /** The text, or `NULL`. */
  at(row: number): string | typeof NULL {
    const text = this.#slice(this.#first + row);
    return this.#nulls.has(text) && !this.#isQuoted(row) ? NULL : text;
  }

  isNull(row: number): boolean {
    const cell = this.#first + row;
    const length = this.#column.ends[cell] - this.#column.startOf(cell);
    // Most cells are longer than every text that means null, so this rarely decodes a cell.
    return length <= this.#longestNull && this.at(row) === NULL;
  }

  /** The start of the text of each row, followed by the end of the last one. */
  offsets(): Int32Array {
    const offsets = new Int32Array(this.length + 1);
    offsets[0] = this.#column.startOf(this.#first);
    offsets.set(this.#column.ends.subarray(this.#first, this.#first + this.length), 1);
    return offsets;
  }

  /** The text of all rows. `offsets` are positions in it. */
  bytes(): Uint8Array {
    return this.#text;
  }

  #isQuoted(row: number): boolean {
    return this.#column.quoted[this.#first + row] === 1;
  }

  #slice(cell: number): string {
    const start = this.#column.startOf(cell);
    const end = this.#column.ends[cell];
    if (start === end) return "";
    return this.#ascii ? this.#text.toString("latin1", start, end) : this.#text.toString("utf8", start, end);
  }
}
