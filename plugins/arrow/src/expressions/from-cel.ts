import {
  Binary,
  Bool,
  type DataType,
  type Date_,
  DateUnit,
  Field,
  Float64,
  Int64,
  List,
  Timestamp,
  TimeUnit,
  Type,
  Utf8,
} from "apache-arrow";
import { fromJson } from "../json/from-json.ts";

const TYPES: Readonly<Record<string, () => DataType>> = {
  int: () => new Int64(),
  double: () => new Float64(),
  string: () => new Utf8(),
  bool: () => new Bool(),
  bytes: () => new Binary(),
  "google.protobuf.Timestamp": () => new Timestamp(TimeUnit.MILLISECOND, "UTC"),
};

/** The column type for a CEL type. `undefined` for types that do not determine it, such as maps and `dyn`. */
export function arrowType(celType: string): DataType | undefined {
  if (Object.hasOwn(TYPES, celType)) return TYPES[celType]();
  const entry = /^list<(.+)>$/.exec(celType)?.[1];
  const type = entry === undefined ? undefined : arrowType(entry);
  return type && new List(new Field("item", type, true));
}

/** Converts values of an expression to those that a `Reader` of the type returns. @throws Error when a value does not fit */
export function fromCel(type: DataType): (value: unknown) => unknown {
  const convert = fromJson(type);
  const fromMilliseconds = timeConverter(type);
  return (value) => {
    if (value instanceof Date && fromMilliseconds) return fromMilliseconds(value.getTime());
    return convert(plain(value));
  };
}

function timeConverter(type: DataType): ((milliseconds: number) => unknown) | undefined {
  if (type.typeId === Type.Date && (type as Date_).unit === DateUnit.DAY) {
    return (milliseconds) => Math.floor(milliseconds / 86_400_000);
  }
  if (type.typeId !== Type.Timestamp) return undefined;
  const { unit } = type as Timestamp;
  if (unit === TimeUnit.SECOND) return (milliseconds) => BigInt(Math.floor(milliseconds / 1000));
  return (milliseconds) => BigInt(milliseconds) * 1000n ** BigInt(unit - 1);
}

/** The value as JSON represents it. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return Array.isArray(value) ? value.map(plain) : value;
}
