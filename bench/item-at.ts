/** The item at an index, for lists that are known to be long enough. @throws Error when the list is shorter */
export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`a list of ${items.length} items has none at ${index}`);
  return item;
}
