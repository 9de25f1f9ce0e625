import { type DataType, Type } from "apache-arrow";
import { typeName } from "../types/type-names.ts";

/** Offsets of up to 2 GiB fit the ordinary types. */
const MOST = 2 ** 31 - 1;

/** The offsets array of a column of strings, bytes or lists: 64 bits wide for the large types, else 32. */
export function offsetsOf(type: DataType, length: number) {
  const large =
    type.typeId === Type.LargeUtf8 || type.typeId === Type.LargeBinary || type.typeId === Type.LargeList;
  if (large) {
    const array = new BigInt64Array(length + 1);
    return {
      array,
      set(index: number, offset: number) {
        array[index] = BigInt(offset);
      },
    };
  }
  const array = new Int32Array(length + 1);
  return {
    array,
    /** @throws Error when the column grows too large for its type */
    set(index: number, offset: number) {
      if (offset > MOST) {
        throw new Error(
          `a column of type ${typeName(type)} holds up to 2 GiB; split the table into parts first`,
        );
      }
      array[index] = offset;
    },
  };
}
