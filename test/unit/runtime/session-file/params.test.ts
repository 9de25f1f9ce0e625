import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import { loadSessionFile, readParams } from "../../../../src/runtime/session-file/index.ts";
import { fixtures, registry, thrownBy } from "./load.ts";

/** The value that a parameter of this declaration has. */
function valueGiven(declaration: object, given?: { text?: string; file?: string }): unknown {
  const document = {
    rain: 1,
    params: { x: declaration },
    tasks: { t: { type: "concat", user: "${{ params.x }}" } },
  };
  const source = { text: JSON.stringify(document), name: "test.json", baseDir: fixtures };
  const params: Record<string, string> = given?.text === undefined ? {} : { x: given.text };
  return loadSessionFile(source, { registry, params, paramsFile: given?.file }).tasks[0].options.user;
}

const example = {
  name: "test.yml",
  baseDir: fixtures,
  text: `
    rain: 1
    params:
      chunks: { type: integer, default: 3, minimum: 2, description: Number of folds }
      input: { type: path }
    tasks: {}
  `,
};

function faultsOf(given: object): RainError {
  const error = thrownBy(() => loadSessionFile(example, { registry, ...given }));
  if (error instanceof RainError) return error;
  throw error;
}

describe("a parameter", () => {
  test.each<[string, string, unknown]>([
    ["string", "5", "5"],
    ["string", "", ""],
    ["integer", "5", 5],
    ["integer", "-1", -1],
    ["number", "0.5", 0.5],
    ["number", "1e-3", 0.001],
    ["number", "2", 2],
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["list", "a,b", ["a", "b"]],
    ["list", "[1, two, 2.5]", [1, "two", 2.5]],
    ["list", "", []],
    ["path", "data.txt", resolve("data.txt")],
  ])("of type %s is set by the text %j", (type, text, value) => {
    expect(valueGiven({ type }, { text })).toEqual(value);
  });

  test.each([
    ["integer", "5.5"],
    ["integer", "five"],
    ["number", ""],
    ["boolean", "yes"],
    ["list", "[1"],
    ["path", ""],
  ])("of type %s refuses the text %j", (type, text) => {
    expect(() => valueGiven({ type }, { text })).toThrow(expect.objectContaining({ code: "INVALID_PARAMS" }));
  });

  test("has its default, of a path relative to the file", () => {
    expect(valueGiven({ type: "integer", default: 3 })).toBe(3);
    expect(valueGiven({ type: "path", default: "data.txt" })).toBe(join(fixtures, "data.txt"));
    expect(valueGiven({ type: "list", default: [] })).toEqual([]);
  });

  test("comes from a file, where --set does not say otherwise", () => {
    const directory = mkdtempSync(join(tmpdir(), "params-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "params.yml");
    writeFileSync(file, "x: in/data\n");
    expect(valueGiven({ type: "string", default: "" }, { file })).toBe("in/data");
    expect(valueGiven({ type: "path" }, { file })).toBe(join(directory, "in/data"));
    expect(valueGiven({ type: "string" }, { file, text: "out" })).toBe("out");
  });

  test("is described", () => {
    expect(readParams(example)).toEqual([
      { name: "chunks", type: "integer", default: 3, minimum: 2, description: "Number of folds" },
      { name: "input", type: "path" },
    ]);
  });
});

describe("what is given for parameters", () => {
  test("is told all that is wrong with it, and what there is", () => {
    const { message, hint, exitCode, details } = faultsOf({ params: { chunk: "3", chunks: "1" } });
    expect(message).toBe(
      [
        'there is no parameter "chunk"; did you mean "chunks"?',
        'the parameter "chunks" must be at least 2, not 1',
        'the parameter "input" has no value; give it one with --set input=VALUE',
      ].join("\n"),
    );
    expect(hint).toBe(
      [
        "The parameters of test.yml are:",
        "  chunks (integer, default 3, at least 2): Number of folds",
        "  input (path, required)",
      ].join("\n"),
    );
    expect(exitCode).toBe(2);
    expect(details.parameters).toHaveLength(2);
  });

  test("cannot be for a file without parameters", () => {
    const source = { text: "rain: 1\ntasks: {}", name: "plain.yml", baseDir: fixtures };
    const error = thrownBy(() => loadSessionFile(source, { registry, params: { x: "1" } }));
    expect(error).toMatchObject({ hint: "plain.yml has no parameters." });
  });
});

describe("entries that are added to a list", () => {
  /** The value of the list `x` after `--set x=…` and `--set x+=…`. */
  function listGiven(declaration: object, added: string[], set?: string): unknown {
    const document = {
      rain: 1,
      params: { x: declaration },
      tasks: { t: { type: "concat", user: "${{ params.x }}" } },
    };
    const source = { text: JSON.stringify(document), name: "test.json", baseDir: fixtures };
    const params: Record<string, string> = set === undefined ? {} : { x: set };
    return loadSessionFile(source, { registry, params, addedEntries: { x: added } }).tasks[0]?.options.user;
  }

  test("follow those of the default or of --set, whatever characters are in them", () => {
    const list = { type: "list", default: ["a"] };
    expect(listGiven(list, ["a[1], b.txt", '"'])).toEqual(["a", "a[1], b.txt", '"']);
    expect(listGiven(list, ["3"], "b,c")).toEqual(["b", "c", "3"]);
    expect(listGiven({ type: "list" }, ["1"])).toEqual(["1"]);
    expect(listGiven({ type: "list", items: "integer" }, ["1"])).toEqual([1]);
    expect(listGiven({ type: "list", items: "path" }, ["x"])).toEqual([resolve("x")]);
  });

  test.each([
    [{ type: "list", items: "number" }, "3.10", "3.10 would become 3.1"],
    [{ type: "list", items: "integer" }, "two", 'must be an integer, not "two"'],
    [{ type: "integer" }, "1", 'the parameter "x" is of type integer; only a list takes +='],
  ])("of %j cannot be %s", (declaration, entry, message) => {
    expect(() => listGiven(declaration, [entry])).toThrow(message);
  });
});
