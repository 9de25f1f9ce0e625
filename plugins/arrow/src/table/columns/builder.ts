import {
  Data,
  type DataType,
  type Decimal,
  type Dictionary,
  type Field,
  type Float,
  Precision,
  Type,
  Vector,
} from "apache-arrow";
import { typeName } from "../types/type-names.ts";
import { bitmapBytes, setBit } from "./bitmap.ts";
import { GrowingBytes, grown } from "./bytes.ts";
import { offsetsOf } from "./offsets.ts";
import { keyOf } from "./reader.ts";

/** Builds a column of one type, value by value. Values have the form that a `Reader` of the type returns. */
export abstract class ColumnBuilder {
  readonly type: DataType;
  length = 0;
  #validity = new Uint8Array(0);
  #nulls = 0;

  constructor(type: DataType) {
    this.type = type;
  }

  append(value: unknown): void {
    this.#validity = grown(this.#validity, bitmapBytes(this.length + 1));
    if (value === null) this.#nulls++;
    else setBit(this.#validity, this.length);
    this.put(value, this.length++);
  }

  /** Returns the column. Do not use the builder afterwards. */
  finish(): Data {
    const { length, type } = this;
    const { values, offsets, children, dictionary } = this.parts();
    const validity = this.#nulls > 0 ? this.#validity : new Uint8Array(0);
    return new Data(type, 0, length, this.#nulls, [offsets, values, validity], children, dictionary);
  }

  /** Stores a value. Null takes a place too, with any content. */
  protected abstract put(value: unknown, index: number): void;
  protected abstract parts(): {
    values?: Uint8Array | Int32Array | BigInt64Array | Float64Array;
    offsets?: Int32Array | BigInt64Array;
    children?: Data[];
    dictionary?: Vector;
  };
}

/** @throws Error for types whose values can only come from Arrow files, such as unions */
export function builderOf(type: DataType): ColumnBuilder {
  switch (type.typeId as Type) {
    case Type.Null:
      return new NullBuilder(type);
    case Type.Bool:
      return new BoolBuilder(type);
    case Type.Int:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration:
      return new FixedBuilder(type);
    case Type.Float:
      if ((type as Float).precision === Precision.HALF) throw cannotBuild(type);
      return new FixedBuilder(type);
    case Type.Decimal:
      return new DecimalBuilder(type as Decimal);
    case Type.Utf8:
    case Type.Binary:
      return new BytesBuilder(type);
    case Type.List:
      return new ListBuilder(type);
    case Type.Struct:
      return new StructBuilder(type);
    case Type.Dictionary:
      return new DictionaryBuilder(type as Dictionary);
    default:
      throw cannotBuild(type);
  }
}

function cannotBuild(type: DataType): Error {
  return new Error(`columns of type ${typeName(type)} cannot be built from single values`);
}

/** Builds a column of these values. */
export function columnOf(type: DataType, values: Iterable<unknown>): Data {
  const builder = builderOf(type);
  for (const value of values) builder.append(value);
  return builder.finish();
}

class NullBuilder extends ColumnBuilder {
  protected put(): void {}
  protected parts() {
    return {};
  }
}

class BoolBuilder extends ColumnBuilder {
  #bits = new Uint8Array(8);

  protected put(value: unknown, index: number): void {
    this.#bits = grown(this.#bits, bitmapBytes(index + 1));
    if (value === true) setBit(this.#bits, index);
  }

  protected parts() {
    return { values: this.#bits };
  }
}

/** Numbers of a fixed width. */
class FixedBuilder extends ColumnBuilder {
  #values: Float64Array | BigInt64Array;

  constructor(type: DataType) {
    super(type);
    // Float64Array represents every array of numbers, BigInt64Array every array of bigints.
    this.#values = new (type.ArrayType as new (length: number) => Float64Array | BigInt64Array)(16);
  }

  protected put(value: unknown, index: number): void {
    this.#values = grown(this.#values, index + 1);
    if (value !== null) (this.#values as unknown as unknown[])[index] = value;
  }

  protected parts() {
    return { values: this.#values.subarray(0, this.length) };
  }
}

class DecimalBuilder extends ColumnBuilder {
  readonly #stride: number;
  #words = new Int32Array(0);

  constructor(type: Decimal) {
    super(type);
    this.#stride = type.bitWidth / 32;
  }

  protected put(value: unknown, index: number): void {
    this.#words = grown(this.#words, (index + 1) * this.#stride);
    let rest = (value ?? 0n) as bigint;
    for (let word = 0; word < this.#stride; word++) {
      this.#words[index * this.#stride + word] = Number(BigInt.asIntN(32, rest));
      rest >>= 32n;
    }
  }

  protected parts() {
    const { buffer } = this.#words;
    return { values: new Uint32Array(buffer, 0, this.length * this.#stride) as unknown as Int32Array };
  }
}

/** Text or bytes. */
class BytesBuilder extends ColumnBuilder {
  readonly #bytes = new GrowingBytes();
  #offsets = new Int32Array(16);

  protected put(value: unknown, index: number): void {
    if (typeof value === "string") this.#bytes.appendText(value);
    else if (value !== null) this.#bytes.append(value as Uint8Array);
    this.#offsets = grown(this.#offsets, index + 2);
    this.#offsets[index + 1] = this.#bytes.length;
  }

  protected parts() {
    // Throws if the column is too long. Checks the size once, not per value.
    offsetsOf(this.type, 0).set(0, this.#bytes.length);
    return { values: this.#bytes.taken(), offsets: this.#offsets.subarray(0, this.length + 1) };
  }
}

class ListBuilder extends ColumnBuilder {
  readonly #entries: ColumnBuilder;
  #offsets = new Int32Array(16);

  constructor(type: DataType) {
    super(type);
    this.#entries = builderOf((type.children as Field[])[0].type);
  }

  protected put(value: unknown, index: number): void {
    for (const entry of (value ?? []) as unknown[]) this.#entries.append(entry);
    this.#offsets = grown(this.#offsets, index + 2);
    this.#offsets[index + 1] = this.#entries.length;
  }

  protected parts() {
    return { offsets: this.#offsets.subarray(0, this.length + 1), children: [this.#entries.finish()] };
  }
}

class StructBuilder extends ColumnBuilder {
  readonly #fields: { name: string; builder: ColumnBuilder }[];

  constructor(type: DataType) {
    super(type);
    this.#fields = (type.children as Field[]).map((field) => ({
      name: field.name,
      builder: builderOf(field.type),
    }));
  }

  protected put(value: unknown): void {
    for (const { name, builder } of this.#fields) {
      builder.append((value as Record<string, unknown> | null)?.[name] ?? null);
    }
  }

  protected parts() {
    return { children: this.#fields.map(({ builder }) => builder.finish()) };
  }
}

class DictionaryBuilder extends ColumnBuilder {
  readonly #places = new Map<unknown, number>();
  readonly #values: ColumnBuilder;
  #indices = new Int32Array(16);

  constructor(type: Dictionary) {
    super(type);
    this.#values = builderOf(type.dictionary);
  }

  protected put(value: unknown, index: number): void {
    this.#indices = grown(this.#indices, index + 1);
    if (value === null) return;
    const key = keyOf(value);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(key, place);
      this.#values.append(value);
    }
    this.#indices[index] = place;
  }

  protected parts() {
    return {
      values: this.#indices.subarray(0, this.length),
      dictionary: new Vector([this.#values.finish()]),
    };
  }
}
