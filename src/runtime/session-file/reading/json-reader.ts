import { MAX_DEPTH } from "./plain-values.ts";
import { explainLostDigits, losesDigits, noteWritten } from "./written-numbers.ts";

/** The offsets of the entries of each list and map. The key of a list entry has the offset of its value. */
export type Positions = Map<object, Map<string | number, { key: number; value: number }>>;

export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one JSON text. It reports duplicate and forbidden keys, and leaves them out. */
export class JsonReader {
  readonly #text: string;
  readonly #report: (offset: number, message: string) => void;
  readonly #positions: Positions | undefined;
  #at = 0;
  #depth = 0;
  /** The text of the last number. */
  #number = "";

  constructor(text: string, report: (offset: number, message: string) => void, positions?: Positions) {
    this.#text = text;
    this.#report = report;
    this.#positions = positions;
  }

  /** @throws JsonSyntaxError */
  read(): unknown {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected("the end of the file");
    return value;
  }

  #value(): unknown {
    this.#space();
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case "{":
        return this.#map();
      case "[":
        return this.#list();
    }
    const word = this.#match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (word === undefined) throw this.#unexpected("a value");
    const value: unknown = JSON.parse(word);
    if (typeof value === "number") {
      this.#number = word;
      if (losesDigits(value, word)) this.#report(this.#at - word.length, explainLostDigits(value, word));
    }
    return value;
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const positions = this.#positionsOf(map);
    const start = this.#open();
    if (this.#take("}")) return this.#close(map);
    do {
      this.#space();
      const keyOffset = this.#at;
      this.#noTrailingComma("}");
      if (this.#text[keyOffset] !== '"') throw this.#unexpected("a key in double quotes");
      const key = this.#string();
      if (!this.#take(":")) throw this.#unexpected(`":" after the key ${JSON.stringify(key)}`);
      this.#space();
      const valueOffset = this.#at;
      const value = this.#value();
      if (Object.hasOwn(map, key)) this.#report(keyOffset, `duplicate key ${JSON.stringify(key)}`);
      else if (key === "__proto__") this.#report(keyOffset, `"__proto__" cannot be used as a key`);
      else {
        map[key] = value;
        if (typeof value === "number") noteWritten(map, key, value, this.#number);
      }
      positions?.set(key, { key: keyOffset, value: valueOffset });
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#unclosed(start, "}");
    return this.#close(map);
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    const positions = this.#positionsOf(list);
    const start = this.#open();
    if (this.#take("]")) return this.#close(list);
    do {
      this.#space();
      this.#noTrailingComma("]");
      positions?.set(list.length, { key: this.#at, value: this.#at });
      const value = this.#value();
      if (typeof value === "number") noteWritten(list, list.length, value, this.#number);
      list.push(value);
    } while (this.#take(","));
    if (!this.#take("]")) throw this.#unclosed(start, "]");
    return this.#close(list);
  }

  #open(): number {
    if (++this.#depth > MAX_DEPTH) {
      throw new JsonSyntaxError(this.#at, `values are nested more than ${MAX_DEPTH} deep here`);
    }
    return this.#at++;
  }

  #close<Container>(container: Container): Container {
    this.#depth--;
    return container;
  }

  #string(): string {
    const start = this.#at++;
    let escaped = false;
    for (;;) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids control characters in strings.
      this.#match(/[^"\\\u0000-\u001f]*/y);
      const stop = this.#text[this.#at];
      if (stop === '"') break;
      if (stop !== "\\") throw new JsonSyntaxError(start, "this text has no closing quote on its line");
      if (this.#match(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y) === undefined) {
        throw new JsonSyntaxError(this.#at, `invalid escape; write a backslash as "\\\\"`);
      }
      escaped = true;
    }
    const end = ++this.#at;
    return escaped
      ? (JSON.parse(this.#text.slice(start, end)) as string)
      : this.#text.slice(start + 1, end - 1);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #positionsOf(container: object): Map<string | number, { key: number; value: number }> | undefined {
    if (!this.#positions) return undefined;
    const positions = new Map();
    this.#positions.set(container, positions);
    return positions;
  }

  #noTrailingComma(bracket: "}" | "]"): void {
    if (this.#text[this.#at] !== bracket) return;
    throw new JsonSyntaxError(this.#at, `JSON does not allow a comma before "${bracket}"`);
  }

  #unclosed(start: number, bracket: "}" | "]"): JsonSyntaxError {
    if (this.#at < this.#text.length) return this.#unexpected(`"," or "${bracket}"`);
    return new JsonSyntaxError(start, `this is never closed with "${bracket}"`);
  }

  #unexpected(expected: string): JsonSyntaxError {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    if (rest === "") return new JsonSyntaxError(this.#at, `the file ends where ${expected} is expected`);
    if (/^\/[/*]|^#/.test(rest))
      return new JsonSyntaxError(this.#at, "JSON does not allow comments; YAML does");
    if (rest.startsWith("'")) return new JsonSyntaxError(this.#at, "JSON allows double quotes only");
    const found = /^(?:[\p{L}\p{N}_$.+-]+|.)/su.exec(rest)?.[0] ?? rest;
    return new JsonSyntaxError(this.#at, `${expected} is expected here, not ${JSON.stringify(found)}`);
  }
}
