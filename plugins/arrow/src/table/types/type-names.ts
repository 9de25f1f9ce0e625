// This folder writes and parses the names of types in configs and messages.

import {
  type DataType,
  type Date_,
  DateUnit,
  type Decimal,
  type Dictionary,
  type Duration,
  type Field,
  type FixedSizeBinary,
  type FixedSizeList,
  type Float,
  type Int,
  type Time,
  type Timestamp,
  Type,
} from "apache-arrow";

/** The names of time units, indexed by Arrow's `TimeUnit`. */
export const UNITS = ["s", "ms", "us", "ns"] as const;

/** The name of a type in configs and messages, such as `int64`, `timestamp[us, UTC]` or `list<utf8>`. */
export function typeName(type: DataType): string {
  switch (type.typeId as Type) {
    case Type.Null:
      return "null";
    case Type.Bool:
      return "bool";
    case Type.Int: {
      const { isSigned, bitWidth } = type as Int;
      return `${isSigned ? "int" : "uint"}${bitWidth}`;
    }
    case Type.Float:
      return ["float16", "float32", "float64"][(type as Float).precision];
    case Type.Decimal: {
      const { precision, scale, bitWidth } = type as Decimal;
      return `decimal${bitWidth === 128 ? "" : bitWidth}(${precision}, ${scale})`;
    }
    case Type.Date:
      return (type as Date_).unit === DateUnit.DAY ? "date" : "date[ms]";
    case Type.Time:
      return `time[${UNITS[(type as Time).unit]}]`;
    case Type.Timestamp: {
      const { unit, timezone } = type as Timestamp;
      return `timestamp[${UNITS[unit]}${timezone ? `, ${timezone}` : ""}]`;
    }
    case Type.Duration:
      return `duration[${UNITS[(type as Duration).unit]}]`;
    case Type.FixedSizeBinary:
      return `binary[${(type as FixedSizeBinary).byteWidth}]`;
    case Type.Dictionary:
      return `dictionary<${typeName((type as Dictionary).dictionary)}>`;
    case Type.FixedSizeList:
      return `list[${(type as FixedSizeList).listSize}]<${typeName(type.children[0].type)}>`;
    case Type.List:
    case Type.LargeList:
    case Type.Map: {
      const entry = typeName(type.children[0].type);
      return `${PLAIN[type.typeId as keyof typeof PLAIN]}<${entry}>`;
    }
    case Type.Struct:
      return `struct<${(type.children as Field[]).map((field) => `${field.name}: ${typeName(field.type)}`).join(", ")}>`;
    default:
      return PLAIN[type.typeId as keyof typeof PLAIN] ?? String(type);
  }
}

const PLAIN = {
  [Type.Utf8]: "utf8",
  [Type.LargeUtf8]: "large_utf8",
  [Type.Utf8View]: "utf8_view",
  [Type.Binary]: "binary",
  [Type.LargeBinary]: "large_binary",
  [Type.BinaryView]: "binary_view",
  [Type.List]: "list",
  [Type.LargeList]: "large_list",
  [Type.Map]: "map",
  [Type.Interval]: "interval",
  [Type.Union]: "union",
};
