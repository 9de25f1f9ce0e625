import { GrowingBytes, grown } from "../table/columns/bytes.ts";

/** The cells of one column of a CSV file, as they stand there without their quotes. */
export class TextColumn {
  /** UTF-8 of all cells, one after the other. */
  readonly text = new GrowingBytes();
  /** Where in `text` each cell ends. */
  ends = new Int32Array(16);
  /** 1 for a cell in quotes, else 0. */
  quoted = new Uint8Array(16);
  length = 0;

  /** The cell is what was added to `text` since the last one. @throws Error when the column grows too large */
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

/** Where in a cell the scanner is. `CLOSED`: behind a quote in quotes, which ends the cell or stands for a quote. */
const START = 0;
const PLAIN = 1;
const QUOTED = 2;
const CLOSED = 3;
type State = typeof START | typeof PLAIN | typeof QUOTED | typeof CLOSED;

/**
 * Splits CSV (RFC 4180) into columns of cells, chunk by chunk, in one pass over the bytes. Lines end in LF or CR LF;
 * a quote in the middle of a cell that did not begin with one is a quote; empty lines are left out, unless there is one
 * column, where they are empty cells.
 */
export class CsvScanner {
  readonly columns: TextColumn[] = [];
  readonly #delimiter: number;
  #state: State = START;
  /** Column of the cell that is being read. */
  #at = 0;
  #rows = 0;
  /** Of the byte being read, and of where the present row and cell began; counted from 1. */
  #line = 1;
  #rowLine = 1;
  #cellLine = 1;
  /** A CR that is part of the line end if a LF follows. */
  #pendingCr = false;

  /** @param delimiter one ASCII character */
  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** @throws Error that names the line */
  write(chunk: Uint8Array): void {
    // Each column makes room for what is left of a chunk, so it must not be large.
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

  /** @throws Error when the file ends within quotes */
  end(): TextColumn[] {
    if (this.#state === QUOTED) {
      throw new Error(`line ${this.#cellLine}: a quote is opened that nothing closes`);
    }
    if (this.#pendingCr) this.#byte(CR);
    if (this.#state !== START || this.#at > 0) this.#endRow();
    return this.columns;
  }

  /** Copies what cannot end the cell. */
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

  /** A byte that ends no cell. */
  #byte(byte: number): void {
    if (byte === QUOTE && this.#state !== PLAIN) {
      if (this.#state === START) this.#cellLine = this.#line;
      else if (this.#state === CLOSED) this.#put(QUOTE);
      this.#state = this.#state === QUOTED ? CLOSED : QUOTED;
      return;
    }
    if (this.#state === CLOSED) {
      throw new Error(`line ${this.#line}: cell ${this.#at + 1} goes on behind its closing quote`);
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
        `line ${this.#rowLine}: there are more than ${columns.length} cells, as many as the first line has`,
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
        `line ${this.#rowLine}: there are ${this.#at} cells, and ${this.columns.length} in the first line`,
      );
    }
    this.#at = 0;
    this.#rows++;
    this.#rowLine = this.#line;
  }
}
