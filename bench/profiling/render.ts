import type { Cost, Summary } from "./summary.ts";

/** Renders a Markdown table of the most expensive source files and functions of one process. Times are in microseconds. */
export function renderSummary(
  title: string,
  { busy, functions, sources }: Summary,
  { wall, amount, top }: { wall: number; amount: number; top: number },
): string {
  const row = ({ name, self }: Cost) =>
    `| ${name} | ${((100 * self) / busy).toFixed(1)} % | ${(self / amount).toFixed(3)} |`;
  return [
    `\n## ${title}: busy ${((100 * busy) / wall).toFixed(0)} % of ${(wall / 1e6).toFixed(2)} s, ${(busy / amount).toFixed(2)} µs each of ${amount.toLocaleString("en")}\n`,
    "| source | share | µs each |",
    "|---|---|---|",
    ...sources.slice(0, top).map(row),
    "\n| function | share | µs each |",
    "|---|---|---|",
    ...functions.slice(0, top).map(row),
  ].join("\n");
}
