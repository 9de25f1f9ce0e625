import { style } from "./style.ts";
import { displayWidth } from "./width.ts";

export interface Column {
  title: string;
  /** `right` for numbers. */
  align?: "left" | "right" | undefined;
}

const GAP = "  ";

/**
 * Renders a table with a line of titles and a line for each row. Cells may contain colours, but no line
 * breaks.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widest = columns.map(({ title, align }, index) => {
    const widths = rows.map((row) => displayWidth(row[index] ?? ""));
    return { columns: Math.max(title.length, ...widths), align };
  });
  const line = (cells: readonly string[]) =>
    widest
      .map(({ columns, align }, index) => pad(cells[index] ?? "", columns, align))
      .join(GAP)
      .trimEnd();
  return [style.dim(line(columns.map((column) => column.title))), ...rows.map(line)].join("\n");
}

/** Renders names and values, one pair per line. */
export function list(pairs: readonly (readonly [name: string, value: string])[]): string {
  const widest = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${style.dim(name.padEnd(widest))}${GAP}${value}`).join("\n");
}

function pad(cell: string, columns: number, align: Column["align"]): string {
  const space = " ".repeat(columns - displayWidth(cell));
  return align === "right" ? space + cell : cell + space;
}
