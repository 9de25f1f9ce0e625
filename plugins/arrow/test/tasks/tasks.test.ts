import { runTask, type TestTask } from "rain-tasks/testing";
import { describe, expect, test } from "vitest";
import plugin, { arrow } from "../../src/index.ts";
import { readTable, writeTable } from "../../src/ipc.ts";
import { table, typesOf, valuesOf } from "../tables.ts";

const run = (name: string, task: TestTask) => {
  const type = plugin.tasks?.find((type) => type.name === name);
  if (!type) throw new Error(`there is no task type ${name}`);
  return runTask(type, { contentTypes: [arrow], ...task });
};

const flights = table({ origin: ["utf8", ["DTW", "HNL", "DTW"]], delay: ["int64", [66n, null, -5n]] });
const input = { bytes: writeTable(flights), contentType: "arrow", label: "flights" };

/** The columns of each output. */
const tablesOf = async (name: string, task: TestTask) => {
  const { outputs } = await run(name, { inputs: [input], ...task });
  return outputs.map((output) => {
    expect(output.contentType).toBe("arrow");
    return valuesOf(readTable(output.bytes));
  });
};

test.each<[string, TestTask, Record<string, unknown[]>[]]>([
  ["filter", { config: { where: "delay > 0" } }, [{ origin: ["DTW"], delay: [66n] }]],
  ["select", { config: { columns: [{ column: "delay", as: "late" }] } }, [{ late: [66n, null, -5n] }]],
  ["select", { config: { drop: ["delay"] } }, [{ origin: ["DTW", "HNL", "DTW"] }]],
  ["sort", { config: { by: ["delay"] } }, [{ origin: ["DTW", "DTW", "HNL"], delay: [-5n, 66n, null] }]],
  [
    "sort",
    { config: { by: [{ column: "origin", descending: true }, "delay"] } },
    [{ origin: ["HNL", "DTW", "DTW"], delay: [null, -5n, 66n] }],
  ],
  [
    "group",
    { config: { by: ["origin"], aggregate: { flights: "count()", worst: "max(delay)" } } },
    [{ origin: ["DTW", "HNL"], flights: [2n, 1n], worst: [66n, null] }],
  ],
  ["head", { config: { rows: 1 } }, [{ origin: ["DTW"], delay: [66n] }]],
  ["head", {}, [valuesOf(flights)]],
  [
    "join",
    { config: { on: ["origin"], how: "inner", suffix: "_2" }, inputs: [input, input] },
    [
      {
        origin: ["DTW", "DTW", "HNL", "DTW", "DTW"],
        delay: [66n, 66n, null, -5n, -5n],
        delay_2: [66n, -5n, null, 66n, -5n],
      },
    ],
  ],
  [
    "split",
    { outputs: [{}, {}] },
    [
      { origin: ["DTW"], delay: [66n] },
      { origin: ["HNL", "DTW"], delay: [null, -5n] },
    ],
  ],
  [
    "split",
    {
      config: { by: "origin", values: ["HNL"], rest: true },
      outputs: [{ label: "HNL" }, { label: "others" }],
    },
    [
      { origin: ["HNL"], delay: [null] },
      { origin: ["DTW", "DTW"], delay: [66n, -5n] },
    ],
  ],
  ["split", { config: { by: "origin" }, outputs: [{}] }, [valuesOf(flights)]],
  [
    "merge",
    { inputs: [input, input] },
    [{ origin: ["DTW", "HNL", "DTW", "DTW", "HNL", "DTW"], delay: [66n, null, -5n, 66n, null, -5n] }],
  ],
])("%s %#", async (name, task, expected) => {
  expect(await tablesOf(name, task)).toEqual(expected);
});

test("describe", async () => {
  const [described] = await tablesOf("describe", {});
  expect(described).toMatchObject({ column: ["origin", "delay"], type: ["utf8", "int64"], nulls: [0n, 1n] });
});

describe("from_csv", () => {
  test.each<[string, TestTask, Record<string, string>, Record<string, unknown[]>]>([
    ["text", { inputs: ["a,b\n1,x\n"] }, { a: "int64", b: "utf8" }, { a: [1n], b: ["x"] }],
    [
      "with a config",
      {
        inputs: ["1\t-\n"],
        config: { delimiter: "\t", header: false, columns: ["a", "b"], types: { a: "int8" }, nulls: ["-"] },
      },
      { a: "int8", b: "null" },
      { a: [1], b: [null] },
    ],
    [
      "in another encoding",
      { inputs: [{ bytes: Buffer.from("a\n\xe9\n", "latin1"), contentType: "text-latin1" }] },
      { a: "utf8" },
      { a: ["é"] },
    ],
  ])("%s", async (_, task, types, values) => {
    const { output } = await run("from_csv", task);
    const read = readTable(output.table.bytes);
    expect([typesOf(read), valuesOf(read)]).toEqual([types, values]);
  });
});

test("to_csv", async () => {
  const { output } = await run("to_csv", { inputs: [input], config: { delimiter: ";", nulls: "-" } });
  expect(output.csv.text()).toBe("origin;delay\nDTW;66\nHNL;-\nDTW;-5\n");
  expect(output.csv.contentType).toBe("csv");
});

test("from_json and to_json", async () => {
  const list = await run("to_json", { inputs: [input] });
  const lines = await run("to_json", { inputs: [input], config: { lines: true } });
  expect([list.output.json.contentType, lines.output.json.contentType]).toEqual(["json", "ndjson"]);
  for (const { output } of [list, lines]) {
    const read = await run("from_json", {
      inputs: [output.json.bytes],
      config: { types: { delay: "float32" } },
    });
    expect(valuesOf(readTable(read.output.table.bytes))).toEqual({
      origin: ["DTW", "HNL", "DTW"],
      delay: [66, null, -5],
    });
  }
});

test("the content type loads, dumps and shows tables", async () => {
  const { output } = await run("head", { inputs: [input] });
  expect(valuesOf((await output.table.load()) as typeof flights)).toEqual(valuesOf(flights));
  expect(await arrow.preview?.(output.table.bytes, "arrow")).toMatch(/^3 rows, 2 columns\norigin {2}delay\n/);
});

describe("refuses", () => {
  test.each<[string, TestTask, string]>([
    ["filter", {}, "config: an object is expected with the keys where"],
    ["filter", { config: { where: "true", limit: 3 } }, "config.limit: unknown key; the keys are where"],
    ["filter", { config: { where: "dely > 3" } }, 'where: there is no column "dely"; did you mean "delay"?'],
    [
      "filter",
      { config: { where: "true" }, inputs: [{ bytes: "a,b" }] },
      "input 0: this is neither an Arrow file nor an Arrow stream",
    ],
    [
      "filter",
      { config: { where: "true" }, inputs: [{ bytes: "a,b", contentType: "text" }] },
      'expected the content type "arrow", but this is "text"',
    ],
    ["sort", { config: { by: [] } }, "config.by: at least one column is needed"],
    [
      "sort",
      { config: { by: [{ colum: "x" }] } },
      "config.by[0]: a column is its name or { column, descending }",
    ],
    [
      "select",
      { config: { columns: [3] } },
      "a column is its name, { column, as } or { expression, as, type }",
    ],
    [
      "group",
      { config: { aggregate: { x: "average(delay)" } } },
      'aggregate.x: there is no aggregation "average"',
    ],
    [
      "group",
      { config: { by: ["x"], aggregate: { x: "count()" } } },
      'aggregate.x: "by" contains a column with this name',
    ],
    [
      "join",
      { config: { on: { left: ["a", "b"], right: ["c"] } }, inputs: [input, input] },
      "on: 2 columns of the left table, but 1 of the right table",
    ],
    ["join", { config: { on: ["a"], how: "outer" }, inputs: [input, input] }, "config.how: "],
    [
      "split",
      { config: { by: "origin", values: ["a"] }, outputs: [{}, {}] },
      "1 outputs are needed, not 2: one for each of the 1 values",
    ],
    [
      "split",
      { config: { by: "origin", values: ["a"], rest: true }, outputs: [{}] },
      "2 outputs are needed, not 1: one for each of the 1 values and one for the rest",
    ],
    [
      "split",
      { config: { values: ["a"] }, outputs: [{}] },
      '"values" needs "by", the column that contains them',
    ],
    ["split", { outputs: [] }, "a split needs at least one output"],
    ["merge", { inputs: [] }, "a merge needs at least one table"],
    ["head", { config: { rows: -1 } }, "config.rows: "],
    [
      "from_csv",
      { inputs: [input], config: { delimiter: ";;" } },
      "config.delimiter: one ASCII character is expected",
    ],
    ["from_json", { inputs: ["{"] }, "line 1: this is neither a list of objects nor one object per line"],
  ])("%s %j", async (name, task, message) => {
    await expect(run(name, { inputs: [input], ...task })).rejects.toThrow(message);
  });
});

test("the config of each task type is described by a JSON Schema", () => {
  for (const type of plugin.tasks ?? []) {
    expect(type.configJsonSchema === undefined).toBe(type.config === undefined);
    if (type.configJsonSchema) expect(type.configJsonSchema).toMatchObject({ type: "object" });
  }
});
