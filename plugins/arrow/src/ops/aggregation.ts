import { didYouMean } from "../table/suggest.ts";

/** The functions that aggregate the values of a column of a group. */
export const AGGREGATIONS = [
  "count",
  "distinct",
  "sum",
  "mean",
  "stdev",
  "median",
  "min",
  "max",
  "first",
  "last",
] as const;

/** The definition of a result column: `mean(delay)`, or `count()` for the number of rows of the group. */
export interface Aggregation {
  aggregate: (typeof AGGREGATIONS)[number];
  column: string | undefined;
}

/** @throws Error that names the possible functions */
export function parseAggregation(text: string): Aggregation {
  const match = /^\s*(\w+)\s*\((.*)\)\s*$/s.exec(text);
  if (!match)
    throw new Error(
      `${JSON.stringify(text)} is not an aggregation; write one such as "mean(column)" or "count()"`,
    );
  const aggregate = AGGREGATIONS.find((name) => name === match[1]);
  if (!aggregate) {
    const hint = didYouMean(match[1], AGGREGATIONS) || `; there are ${AGGREGATIONS.join(", ")}`;
    throw new Error(`there is no aggregation ${JSON.stringify(match[1])}${hint}`);
  }
  const column = match[2].trim();
  if (column === "" && aggregate !== "count")
    throw new Error(`${aggregate} needs a column: ${aggregate}(column)`);
  return { aggregate, column: column || undefined };
}
