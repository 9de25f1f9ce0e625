import { GrowingBytes, grown } from "../table/columns/bytes.ts";

/** The cells of one column of a CSV file, without their quotes. */
export class TextColumn {
  /** The UTF-8 of all cells, concatenated. */
  readonly text = new GrowingBytes();
  /** The end of each cell in `text`. */
  ends = new Int32Array(16);
  /** 1 for a cell in quotes, otherwise 0. */
  quoted = new Uint8Array(16);
  length = 0;

  /** Ends a cell: it is the text that was added since the previous cell. @throws Error when the column grows too large */
  endCell(quoted: boolean): void {
    if (this.text.length > 2 ** 31 - 1) throw new Error("a column of a CSV file holds up to 2 GiB");
    this.ends = grown(this.ends, this.length + 1);
    this.quoted = grown(this.quoted, this.length + 1);
    this.ends[this.length] = this.text.length;
    this.quoted[this.length++] = quoted ? 1 : 0;
  }

  startOf(cell: number): number {
    return cell === 0 ? 0 : this.ends[cell - 1];
  }
}

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const STEP = 1 << 16;

/** The position of the scanner within a cell. `CLOSED`: after a quote within quotes, which ends the cell or escapes a quote. */
const START = 0;
const PLAIN = 1;
const QUOTED = 2;
const CLOSED = 3;
type State = typeof START | typeof PLAIN | typeof QUOTED | typeof CLOSED;

/**
 * Splits CSV (RFC 4180) into columns of cells, chunk by chunk, in one pass over the bytes. Lines end in LF or CR LF. A quote
 * inside a cell that does not begin with a quote is an ordinary character. Empty lines are skipped, except in a file with one
 * column, where they are empty cells.
 */
export class CsvScanner {
  readonly columns: TextColumn[] = [];
  readonly #delimiter: number;
  #state: State = START;
  /** The column of the current cell. */
  #at = 0;
  #rows = 0;
  /** The lines of the current byte and of the starts of the current row and cell, counted from 1. */
  #line = 1;
  #rowLine = 1;
  #cellLine = 1;
  /** The last byte was a CR, which is part of the line end if a LF follows. */
  #pendingCr = false;

  /** @param delimiter one ASCII character */
  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** @throws Error that names the line */
  write(chunk: Uint8Array): void {
    // Each column reserves space for the rest of a chunk, so a chunk must not be large.
    for (let start = 0; start < chunk.length; start += STEP) this.#write(chunk.subarray(start, start + STEP));
  }

  #write(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#state === QUOTED) position = this.#copyQuoted(chunk, position);
      else if (this.#state === PLAIN && !this.#pendingCr) position = this.#copyPlain(chunk, position);
      if (position < chunk.length) this.#take(chunk[position++]);
    }
  }

  /** Returns the columns at the end of the file. @throws Error when the file ends within quotes */
  end(): TextColumn[] {
    if (this.#state === QUOTED) {
      throw new Error(`line ${this.#cellLine}: a quote is not closed`);
    }
    if (this.#pendingCr) this.#byte(CR);
    if (this.#state !== START || this.#at > 0) this.#endRow();
    return this.columns;
  }

  /** Copies bytes that cannot end the cell. */
  #copyPlain(chunk: Uint8Array, start: number): number {
    const { text } = this.#column();
    const delimiter = this.#delimiter;
    text.reserve(chunk.length - start);
    const { bytes } = text;
    let { length } = text;
    let position = start;
    for (; position < chunk.length; position++) {
      const byte = chunk[position];
      if (byte === delimiter || byte === LF || byte === CR) break;
      bytes[length++] = byte;
    }
    text.length = length;
    return position;
  }

  #copyQuoted(chunk: Uint8Array, start: number): number {
    const { text } = this.#column();
    text.reserve(chunk.length - start);
    const { bytes } = text;
    let { length } = text;
    let position = start;
    for (; position < chunk.length; position++) {
      const byte = chunk[position];
      if (byte === QUOTE) break;
      if (byte === LF) this.#line++;
      bytes[length++] = byte;
    }
    text.length = length;
    return position;
  }

  #take(byte: number): void {
    if (this.#pendingCr) {
      this.#pendingCr = false;
      if (byte !== LF) this.#byte(CR);
    }
    if (byte === CR && this.#state !== QUOTED) {
      this.#pendingCr = true;
      return;
    }
    if (byte === LF && this.#state !== QUOTED) {
      this.#line++;
      if (this.#state !== START || this.#at > 0) this.#endRow();
      else if (this.columns.length === 1) this.#endRow();
      else this.#rowLine = this.#line;
    } else if (byte === this.#delimiter && this.#state !== QUOTED) {
      this.#endCell();
    } else {
      this.#byte(byte);
    }
  }

  /** Handles a byte that does not end a cell. */
  #byte(byte: number): void {
    if (byte === QUOTE && this.#state !== PLAIN) {
      if (this.#state === START) this.#cellLine = this.#line;
      else if (this.#state === CLOSED) this.#put(QUOTE);
      this.#state = this.#state === QUOTED ? CLOSED : QUOTED;
      return;
    }
    if (this.#state === CLOSED) {
      throw new Error(`line ${this.#line}: cell ${this.#at + 1} continues after its closing quote`);
    }
    if (this.#state === START) this.#state = PLAIN;
    this.#put(byte);
  }

  #put(byte: number): void {
    const { text } = this.#column();
    text.reserve(1);
    text.bytes[text.length++] = byte;
  }

  #column(): TextColumn {
    const { columns } = this;
    if (this.#at < columns.length) return columns[this.#at];
    if (this.#rows > 0) {
      throw new Error(
        `line ${this.#rowLine}: there are more than ${columns.length} cells, but the first line has ${columns.length}`,
      );
    }
    columns.push(new TextColumn());
    return columns[this.#at];
  }

  #endCell(): void {
    this.#column().endCell(this.#state === CLOSED);
    this.#state = START;
    this.#at++;
  }

  #endRow(): void {
    this.#endCell();
    if (this.#at < this.columns.length) {
      throw new Error(
        `line ${this.#rowLine}: there are ${this.#at} cells, but the first line has ${this.columns.length}`,
      );
    }
    this.#at = 0;
    this.#rows++;
    this.#rowLine = this.#line;
  }
}
