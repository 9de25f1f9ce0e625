import { Bool, type DataType, Field, Float64, Int64, List, Null, Struct, Utf8 } from "apache-arrow";
import { within } from "../table/text/from-text.ts";

/**
 * Infers the type of a column value by value: integers of 64 bits, floats (if any number is not such an integer), booleans,
 * text, lists or structs. Null fits every type.
 */
export class JsonShape {
  #kind: "integer" | "float" | "boolean" | "text" | "list" | "struct" | undefined;
  #entries: JsonShape | undefined;
  readonly #fields = new Map<string, JsonShape>();

  /** @throws Error when the value does not fit the previous ones */
  add(value: unknown): void {
    if (value === null || value === undefined) return;
    const kind = kindOf(value);
    const before = this.#kind;
    if (before === undefined || before === kind) this.#kind = kind;
    else if (isNumber(before) && isNumber(kind)) this.#kind = "float";
    else throw new Error(`there is ${article(kind)} here, but ${article(before)} in a row before`);
    if (Array.isArray(value)) {
      this.#entries ??= new JsonShape();
      for (const entry of value) this.#entries.add(entry);
    } else if (kind === "struct") {
      for (const [name, part] of Object.entries(value as object)) {
        const field = this.#fields.get(name) ?? new JsonShape();
        this.#fields.set(name, field);
        field.add(part);
      }
    }
  }

  type(): DataType {
    switch (this.#kind) {
      case undefined:
        return new Null();
      case "integer":
        return new Int64();
      case "float":
        return new Float64();
      case "boolean":
        return new Bool();
      case "text":
        return new Utf8();
      case "list":
        return new List(new Field("item", (this.#entries ?? new JsonShape()).type(), true));
      case "struct":
        return new Struct([...this.#fields].map(([name, field]) => new Field(name, field.type(), true)));
    }
  }
}

function kindOf(value: unknown) {
  if (typeof value === "bigint") return within(value, 64, true) === undefined ? "float" : "integer";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "float";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  return Array.isArray(value) ? "list" : "struct";
}

function isNumber(kind: string): boolean {
  return kind === "integer" || kind === "float";
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
