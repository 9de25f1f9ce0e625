import { Data, type DataType, Decimal, Float64, type Int, Int64, Type } from "apache-arrow";
import { columnOf } from "../table/columns/builder.ts";
import { codesOf } from "../table/columns/codes.ts";
import { gather } from "../table/columns/gather.ts";
import { isNumeric, numberReader } from "../table/columns/numbers.ts";
import { comparator } from "../table/columns/order.ts";
import { reader } from "../table/columns/reader.ts";
import { isValid } from "../table/columns/validity.ts";
import { within } from "../table/text/from-text.ts";
import { typeName } from "../table/types/type-names.ts";
import type { Aggregation } from "./aggregation.ts";

/** The groups of the rows of a table. `codes` contains the group number of each row. */
export interface Groups {
  codes: Int32Array;
  count: number;
}

/** Computes one value per group from a column. Ignores nulls. A group without values gives null, or 0 for counts. */
type Aggregate = (data: Data, groups: Groups) => Data;

export const AGGREGATES: Readonly<Record<Aggregation["aggregate"], Aggregate>> = {
  count: (data, groups) => counts(groups, (row) => isValid(data, row)),
  distinct: countDistinct,
  sum,
  mean: (data, groups) => statistics(data, groups, ({ n, mean }) => (n > 0 ? mean : null)),
  stdev: (data, groups) =>
    statistics(data, groups, ({ n, squares }) => (n > 1 ? Math.sqrt(squares / (n - 1)) : null)),
  median,
  min: (data, groups) => extreme(data, groups, -1),
  max: (data, groups) => extreme(data, groups, 1),
  first: (data, groups) => chosen(data, groups, () => false),
  last: (data, groups) => chosen(data, groups, () => true),
};

/** Counts the rows of each group that pass. */
export function counts({ codes, count }: Groups, passes: (row: number) => boolean): Data {
  const values = new BigInt64Array(count);
  const numbers = new Float64Array(count);
  for (let row = 0; row < codes.length; row++) if (passes(row)) numbers[codes[row]]++;
  for (let group = 0; group < count; group++) values[group] = BigInt(numbers[group]);
  return new Data(new Int64(), 0, count, 0, [undefined, values]);
}

function countDistinct(data: Data, { codes, count }: Groups): Data {
  const { codes: values, first } = codesOf([data], data.length);
  const seen = new Set<number>();
  return counts({ codes, count }, (row) => {
    if (!isValid(data, row)) return false;
    const pair = codes[row] * first.length + values[row];
    if (seen.has(pair)) return false;
    seen.add(pair);
    return true;
  });
}

/** Adds integers and decimals exactly. True counts as 1. */
function sum(data: Data, groups: Groups): Data {
  const { type } = data;
  if (type.typeId === Type.Int || type.typeId === Type.Decimal || type.typeId === Type.Bool) {
    return exactSum(
      data,
      groups,
      type.typeId === Type.Decimal ? new Decimal((type as Decimal).scale, 38) : new Int64(),
    );
  }
  return statistics(data, groups, ({ n, total }) => (n > 0 ? total : null));
}

function exactSum(data: Data, { codes, count }: Groups, type: Int | Decimal): Data {
  const read = reader(data);
  const totals = new Array<bigint | null>(count).fill(null);
  for (let row = 0; row < codes.length; row++) {
    const value = read(row);
    if (value === null) continue;
    totals[codes[row]] = (totals[codes[row]] ?? 0n) + BigInt(value as number | bigint | boolean);
  }
  const most = 10n ** 38n;
  const fits = (total: bigint) =>
    type.typeId === Type.Int ? within(total, 64, true) !== undefined : total < most && total > -most;
  const tooLarge = totals.find((total) => total !== null && !fits(total));
  if (tooLarge !== undefined) throw new Error(`the sum ${tooLarge} does not fit into ${typeName(type)}`);
  return columnOf(type, totals);
}

interface Statistics {
  n: number;
  total: number;
  mean: number;
  /** Sum of the squares of the distances from the mean. */
  squares: number;
}

/** Computes all statistics in one pass. Stays exact for large values that are close to each other (Welford 1962). */
function statistics(
  data: Data,
  { codes, count }: Groups,
  result: (statistics: Statistics) => number | null,
): Data {
  const read = numberReader(data);
  const groups = Array.from({ length: count }, (): Statistics => ({ n: 0, total: 0, mean: 0, squares: 0 }));
  for (let row = 0; row < codes.length; row++) {
    const value = read(row);
    if (value === null) continue;
    const group = groups[codes[row]];
    group.n++;
    group.total += value;
    const distance = value - group.mean;
    group.mean += distance / group.n;
    group.squares += distance * (value - group.mean);
  }
  return columnOf(new Float64(), groups.map(result));
}

/** The median. For an even number of values, the mean of the two in the middle. */
function median(data: Data, { codes, count }: Groups): Data {
  const read = numberReader(data);
  const groups = Array.from({ length: count }, (): number[] => []);
  for (let row = 0; row < codes.length; row++) {
    const value = read(row);
    if (value !== null) groups[codes[row]].push(value);
  }
  const medians = groups.map((values) => {
    if (values.length === 0) return null;
    const sorted = Float64Array.from(values).sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  });
  return columnOf(new Float64(), medians);
}

/** @param direction -1 for the least value, 1 for the greatest */
function extreme(data: Data, groups: Groups, direction: -1 | 1): Data {
  const compare = comparator(data);
  return chosen(data, groups, (row, best) => Math.sign(compare(row, best)) === direction);
}

/** Picks one row of each group, unchanged: the first with a value, or a later one that replaces it. */
function chosen(
  data: Data,
  { codes, count }: Groups,
  replaces: (row: number, best: number) => boolean,
): Data {
  const rows = new Int32Array(count).fill(-1);
  for (let row = 0; row < codes.length; row++) {
    if (!isValid(data, row)) continue;
    const best = rows[codes[row]];
    if (best < 0 || replaces(row, best)) rows[codes[row]] = row;
  }
  return gather([data], { length: count, row: rows });
}

/** Whether values of this type have sums, means and other statistics. */
export function isAggregable(type: DataType): boolean {
  return isNumeric(type) && type.typeId !== Type.Null;
}
