import { type DataType, Type } from "apache-arrow";
import { typeName } from "../types/type-names.ts";

/** The maximum offset in columns with 32-bit offsets: 2 GiB. */
const MOST = 2 ** 31 - 1;

/** The offsets of a column of strings, bytes or lists. They have 64 bits for the large types, otherwise 32. */
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
          `a column of type ${typeName(type)} can have up to 2 GiB; split the table into parts first`,
        );
      }
      array[index] = offset;
    },
  };
}
