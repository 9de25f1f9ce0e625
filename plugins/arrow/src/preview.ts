import type { Table } from "apache-arrow";
import { head } from "./ops/head.ts";
import { reader } from "./table/columns/reader.ts";
import { columnsOf } from "./table/table.ts";
import { toText } from "./table/text/to-text.ts";
import { typeName } from "./table/types/type-names.ts";

const ROWS = 10;
const COLUMNS = 12;
const WIDTH = 24;

/** Shows the names and types of the columns, and the first rows. */
export function previewTable(table: Table): string {
  const columns = columnsOf(head(table, ROWS)).slice(0, COLUMNS);
  const texts = columns.map(({ field, data }) => {
    const read = reader(data);
    const text = textOf(field.type);
    const cells = Array.from({ length: data.length }, (_, row) => {
      const value = read(row);
      return value === null ? "–" : cut(text(value));
    });
    return [cut(field.name), cut(typeName(field.type)), ...cells];
  });
  const widths = texts.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const lines = Array.from({ length: Math.min(ROWS, table.numRows) + 2 }, (_, line) =>
    texts
      .map((cells, column) => cells[line].padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  return [`${table.numRows} rows, ${table.numCols} columns${shownPart(table)}`, ...lines].join("\n");
}

function shownPart({ numRows, numCols }: Table): string {
  const parts = [
    ...(numRows > ROWS ? [`the first ${ROWS} rows`] : []),
    ...(numCols > COLUMNS ? [`the first ${COLUMNS} columns`] : []),
  ];
  return parts.length > 0 ? `; ${parts.join(", ")}:` : "";
}

/** Converts values to text. A preview shows `…` for types without a text form. */
function textOf(type: Parameters<typeof toText>[0]): (value: unknown) => string {
  try {
    return toText(type);
  } catch {
    return () => "…";
  }
}

/** Shortens a text to one line of at most `WIDTH` characters. */
function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
