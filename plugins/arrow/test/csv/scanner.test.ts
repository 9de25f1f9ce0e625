import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvScanner } from "../../src/csv/scanner.ts";

/** The rows of a file that arrives in chunks of this size. */
function scan(text: string, { delimiter = ",", chunk = 7 } = {}): string[][] {
  const scanner = new CsvScanner(delimiter);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += chunk)
    scanner.write(bytes.subarray(start, start + chunk));
  const columns = scanner.end();
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) =>
    columns.map((column) =>
      Buffer.from(column.text.bytes.subarray(column.startOf(row), column.ends[row])).toString(),
    ),
  );
}

describe("splits", () => {
  test.each<[string, string, string[][]]>([
    [
      "lines with LF",
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "lines with CR LF",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a last line without an end",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "empty cells",
      "a,b\n,\n",
      [
        ["a", "b"],
        ["", ""],
      ],
    ],
    [
      "empty lines",
      "\na,b\n\n1,2\n\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ["empty lines of one column", "a\n\n1\n", [["a"], [""], ["1"]]],
    [
      "quotes around anything",
      '"a,","b\nc"\n"d""e",""\n',
      [
        ["a,", "b\nc"],
        ['d"e', ""],
      ],
    ],
    ["quotes within a cell", 'a"b,c""\n', [['a"b', 'c""']]],
    ["a CR within a line", "a\rb,c\r\r\n", [["a\rb", "c\r"]]],
    ["CR LF in quotes", '"a\r\nb"\r\n', [["a\r\nb"]]],
    ["nothing", "", []],
  ])("%s", (_, text, rows) => {
    for (let chunk = 1; chunk < 9; chunk++) expect(scan(text, { chunk })).toEqual(rows);
  });

  test("at another delimiter", () => {
    expect(scan("a;b,c\n1;2\n", { delimiter: ";" })).toEqual([
      ["a", "b,c"],
      ["1", "2"],
    ]);
  });

  test("reads back any text in quotes, in chunks of any size", () => {
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: width, maxLength: width })),
      );
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 50 }), (cells, chunk) => {
        const text = cells.map(
          (row) => `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\n`,
        );
        expect(scan(text.join(""), { chunk })).toEqual(cells);
      }),
    );
  });
});

describe("refuses", () => {
  test.each([
    ["too few cells", "a,b\n1,2\n\n3\n", "line 4: there are 1 cells, but the first line has 2"],
    ["too many cells", 'a,b\n"1\n",2\n3,4,5\n', "line 4: there are more than 2 cells"],
    ["a quote that stays open", 'a,b\n1,"2\n3,4\n', "line 2: a quote is not closed"],
    ["more after a closing quote", 'a,b\n1,"2"3\n', "line 2: cell 2 continues after its closing quote"],
  ])("%s", (_, text, message) => {
    expect(() => scan(text)).toThrow(message);
  });
});
