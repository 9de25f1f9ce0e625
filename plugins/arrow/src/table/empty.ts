import { Data, DataType, type Field, makeData, Vector } from "apache-arrow";

/** A column of any type without rows. */
export function emptyColumn(type: DataType): Data {
  const { valueOffsets, values, nullBitmap, typeIds } = makeData({ type, length: 0 } as never) as Data;
  const children = ((type.children ?? []) as Field[]).map((field) => emptyColumn(field.type));
  const dictionary = DataType.isDictionary(type) ? new Vector([emptyColumn(type.dictionary)]) : undefined;
  return new Data(type, 0, 0, 0, [valueOffsets, values, nullBitmap, typeIds] as never, children, dictionary);
}
