import type { Matrix, MatrixValue } from "../schema/matrix.ts";

/** Values of the matrix keys of one instance, in the order of the keys. */
export type Combination = Readonly<Record<string, MatrixValue>>;

/** The keys of a matrix with their lists, without `include` and `exclude`. */
export function listsOf(matrix: Matrix): [key: string, values: MatrixValue[]][] {
  const lists = Object.entries(matrix).filter(([key]) => key !== "include" && key !== "exclude");
  return lists as [string, MatrixValue[]][];
}

/** The combinations that are added to, and removed from, the product of the lists. */
export function exceptionsOf(matrix: Matrix): { include: Combination[]; exclude: Combination[] } {
  // The type of a map with further keys gives known keys the type of the others, too.
  const { include = [], exclude = [] } = matrix as { include?: Combination[]; exclude?: Combination[] };
  return { include, exclude };
}

/**
 * The product of the lists without the excluded combinations, the last key changing fastest; then the
 * included combinations. An included combination that agrees with the list values of others extends them;
 * otherwise it is a combination of its own.
 */
export function combinationsOf(matrix: Matrix): Combination[] {
  const lists = listsOf(matrix);
  const { include, exclude } = exceptionsOf(matrix);
  let products: Combination[] = lists.length === 0 ? [] : [{}];
  for (const [key, values] of lists) {
    products = products.flatMap((product) => values.map((value) => ({ ...product, [key]: value })));
  }
  const kept = products.filter((product) => !exclude.some((excluded) => agrees(product, excluded)));
  const keys = new Set(lists.map(([key]) => key));
  const extended = [...kept];
  const added: Combination[] = [];
  for (const included of include) {
    const ofLists = Object.fromEntries(Object.entries(included).filter(([key]) => keys.has(key)));
    let isExtension = false;
    kept.forEach((product, index) => {
      if (!agrees(product, ofLists)) return;
      extended[index] = { ...extended[index], ...included };
      isExtension = true;
    });
    if (!isExtension) added.push(included);
  }
  return [...extended, ...added];
}

/** The number of combinations of the lists. */
export function productSize(matrix: Matrix): number {
  return listsOf(matrix).reduce((size, [, values]) => size * values.length, 1);
}

function agrees(combination: Combination, values: Combination): boolean {
  return Object.entries(values).every(([key, value]) => combination[key] === value);
}
