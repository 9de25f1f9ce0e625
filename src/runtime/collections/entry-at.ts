/** Returns the entry of a list at an index that exists. @throws RangeError if it does not, which is a bug of the caller */
export function entryAt<Entry>(list: ArrayLike<Entry>, index: number): Entry {
  const entry = list[index];
  if (entry === undefined)
    throw new RangeError(`index ${index} is outside of a list of length ${list.length}`);
  return entry;
}
