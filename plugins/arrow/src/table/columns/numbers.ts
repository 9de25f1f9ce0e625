import { type Data, type DataType, type Decimal, type Dictionary, Type } from "apache-arrow";
import { decimalText } from "../text/to-text.ts";
import { typeName } from "../types/type-names.ts";
import { reader } from "./reader.ts";

/** Reads a column of numbers as floats, which may round them. True counts as 1. @throws Error for other columns */
export function numberReader(data: Data): (row: number) => number | null {
  const read = reader(data);
  const toNumber = converter(data.type);
  return (row) => {
    const value = read(row);
    return value === null ? null : toNumber(value);
  };
}

export function isNumeric(type: DataType): boolean {
  const { typeId } = type;
  if (typeId === Type.Dictionary) return isNumeric((type as Dictionary).dictionary);
  return [Type.Int, Type.Float, Type.Decimal, Type.Bool, Type.Null].includes(typeId);
}

function converter(type: DataType): (value: unknown) => number {
  if (!isNumeric(type)) throw new Error(`numbers are needed, not values of type ${typeName(type)}`);
  const plain = type.typeId === Type.Dictionary ? (type as Dictionary).dictionary : type;
  if (plain.typeId !== Type.Decimal) return Number;
  const { scale } = plain as Decimal;
  return (value) => Number(decimalText(value as bigint, scale));
}
