import {
  type DataType,
  type Date_,
  DateUnit,
  type Decimal,
  type Dictionary,
  type Field,
  type Timestamp,
  Type,
} from "apache-arrow";
import { decimalText } from "../table/text/to-text.ts";

/** The representation of the values of a type in expressions. */
export interface CelView {
  /** The name of the type in CEL. */
  type: string;
  /** Converts a value of a `Reader` that is not null. */
  toCel(value: unknown): unknown;
}

const TIMESTAMP = "google.protobuf.Timestamp";

/**
 * Integers become `int`, floats and (rounded) decimals `double`. Dates and timestamps are truncated to milliseconds and are in
 * UTC if they have no time zone. Entries of lists and fields of structs are converted in the same way.
 * @returns `undefined` for types that expressions do not support: times, durations, intervals
 */
export function celView(type: DataType): CelView | undefined {
  switch (type.typeId as Type) {
    case Type.Null:
      return { type: "dyn", toCel: same };
    case Type.Bool:
      return { type: "bool", toCel: same };
    case Type.Int:
      return { type: "int", toCel: (value) => BigInt(value as number | bigint) };
    case Type.Float:
      return { type: "double", toCel: same };
    case Type.Decimal: {
      const { scale } = type as Decimal;
      return { type: "double", toCel: (value) => Number(decimalText(value as bigint, scale)) };
    }
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return { type: "string", toCel: same };
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return { type: "bytes", toCel: same };
    case Type.Date: {
      const unit = (type as Date_).unit === DateUnit.DAY ? 86_400_000 : 1;
      return { type: TIMESTAMP, toCel: (value) => new Date(Number(value) * unit) };
    }
    case Type.Timestamp: {
      const perSecond = 1000 ** (type as Timestamp).unit;
      return { type: TIMESTAMP, toCel: (value) => new Date(Math.floor((Number(value) / perSecond) * 1000)) };
    }
    case Type.Dictionary:
      return celView((type as Dictionary).dictionary);
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return listView((type.children as Field[])[0].type);
    case Type.Struct:
      return structView(type.children as Field[]);
    default:
      return undefined;
  }
}

function same(value: unknown): unknown {
  return value;
}

function listView(entryType: DataType): CelView | undefined {
  const entry = celView(entryType);
  if (!entry) return undefined;
  const toCel = orNull(entry);
  return { type: `list<${entry.type}>`, toCel: (value) => (value as unknown[]).map(toCel) };
}

function structView(fields: readonly Field[]): CelView {
  const views = fields.map(({ name, type }) => ({ name, view: celView(type) }));
  return {
    type: "map",
    toCel(value) {
      const record = value as Record<string, unknown>;
      const seen = views.filter(({ view }) => view !== undefined);
      return Object.fromEntries(seen.map(({ name, view }) => [name, orNull(view as CelView)(record[name])]));
    },
  };
}

export function orNull({ toCel }: CelView): (value: unknown) => unknown {
  return (value) => (value === null ? null : toCel(value));
}
