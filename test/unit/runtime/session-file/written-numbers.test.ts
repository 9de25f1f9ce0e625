import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadSessionFile } from "../../../../src/runtime/session-file/index.ts";
import { fixtures, load, registry, thrownBy } from "./load.ts";

/** The problems of a file, one line each: `line:column message`. */
function problemsOf(text: string, name = "test.yml"): string[] {
  const error = thrownBy(() => load(text, name)) as {
    problems: { line: number; column: number; message: string }[];
  };
  return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** The words of the command of a task that uses a parameter. */
function wordsOf(declaration: string, run: string, given: { set?: string; file?: string } = {}): unknown {
  const text = `{ rain: 1, params: { x: ${declaration} }, tasks: { t: { run: ${run} } } }`;
  const params: Record<string, string> = given.set === undefined ? {} : { x: given.set };
  const options = { registry, params, ...(given.file !== undefined && { paramsFile: given.file }) };
  const { tasks } = loadSessionFile({ text, name: "test.yml", baseDir: fixtures }, options);
  return Reflect.get(Object(tasks[0]?.config), "args");
}

describe("a number in a matrix that would be written differently", () => {
  test.each([
    ["3.10", "3.1"],
    ["1e3", "1000"],
    ["007", "7"],
    ["0x10", "16"],
    ["+1", "1"],
    [".5", "0.5"],
  ])("%s is refused", (written, becomes) => {
    const text = `rain: 1\ntasks:\n  t:\n    matrix: { v: [2, ${written}] }\n    run: echo\n`;
    expect(problemsOf(text)).toEqual([`4:22 ${written} would become ${becomes}; put it in quotes`]);
  });

  test("is refused where combinations are included or excluded, through an alias, and in JSON", () => {
    const matrix = "{ v: [&x 1.0, 2], include: [{ v: *x }], exclude: [{ v: 2.0 }] }";
    expect(problemsOf(`rain: 1\ntasks: { t: { matrix: ${matrix}, run: echo } }`)).toEqual([
      "2:32 1.0 would become 1; put it in quotes",
      "2:56 1.0 would become 1; put it in quotes",
      "2:78 2.0 would become 2; put it in quotes",
    ]);
    const json = '{"rain":1,"tasks":{"t":{"matrix":{"v":[1,2.50]},"run":["echo"]}}}';
    expect(problemsOf(json, "test.json")).toEqual(["1:42 2.50 would become 2.5; put it in quotes"]);
  });

  test("names an instance as it is written in quotes", () => {
    const text = 'rain: 1\ntasks: { t: { matrix: { v: [3.9, "3.10"] }, run: "echo ${{ matrix.v }}" } }';
    expect(load(text).tasks.map(({ options }) => options.key)).toEqual(["t[v=3.9]", "t[v=3.10]"]);
  });
});

describe("an integer that a double cannot represent", () => {
  test.each(["9007199254740993", "-9007199254740993", "0x20000000000001", "100000000000000000000"])(
    "%s is refused wherever it stands",
    (written) => {
      const [problem] = problemsOf(`rain: 1\nobjects:\n  o: { value: { id: ${written} } }\ntasks: {}\n`);
      expect(problem).toMatch(`3:21 ${written} is beyond 9007199254740991 and would become `);
      expect(problem).toMatch(/; put it in quotes$/);
    },
  );

  test("is refused in JSON", () => {
    const json = '{"rain":1,"objects":{"o":{"value":[9007199254740993]}},"tasks":{}}';
    expect(problemsOf(json, "test.json")).toEqual([
      "1:36 9007199254740993 is beyond 9007199254740991 and would become 9007199254740992; put it in quotes",
    ]);
  });

  test.each(["integer", "number"])("is refused for a parameter of type %s, as it was written", (type) => {
    expect(() => wordsOf(`{ type: ${type} }`, "[echo]", { set: "9007199254740993" })).toThrow(
      "9007199254740993 is beyond 9007199254740991 and would become 9007199254740992; put it in quotes",
    );
  });

  test("survives as a double if it is written as one", () => {
    const { objects } = load("{ rain: 1, objects: { o: { value: 1e300 } }, tasks: {} }");
    expect(objects.size).toBe(1);
  });
});

describe("a parameter that is a number", () => {
  test.each<[string, string, string]>([
    ["number", "3.10", "3.10"],
    ["number", "1e-3", "1e-3"],
    ["integer", "007", "007"],
  ])("of type %s is put into a text as it was written: %s", (type, written, text) => {
    const declaration = `{ type: ${type}, default: ${written} }`;
    for (const run of [
      '[echo, "${{ params.x }}", "v${{ params.x }}"]',
      "echo ${{ params.x }} v${{ params.x }}",
    ]) {
      expect(wordsOf(declaration, JSON.stringify(run).startsWith('"[') ? run : JSON.stringify(run))).toEqual([
        "echo",
        text,
        `v${text}`,
      ]);
    }
    expect(wordsOf(`{ type: ${type} }`, '[echo, "${{ params.x }}"]', { set: written })).toEqual([
      "echo",
      text,
    ]);
  });

  test("keeps its text from a file of parameters", () => {
    const directory = mkdtempSync(join(tmpdir(), "params-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "params.yml");
    writeFileSync(file, "x: 2.50\n");
    expect(wordsOf("{ type: number }", '[echo, "${{ params.x }}"]', { file })).toEqual(["echo", "2.50"]);
  });

  test("is a number in expressions", () => {
    expect(wordsOf("{ type: number, default: 1e1 }", '[echo, "${{ params.x * 2.0 }}"]')).toEqual([
      "echo",
      "20",
    ]);
  });

  test("is refused in a matrix if it would be written differently there", () => {
    const text = `
rain: 1
params: { x: { type: number, default: 3.10 } }
tasks: { t: { matrix: { v: ["\${{ params.x }}"] }, run: echo } }`;
    expect(problemsOf(text)).toEqual(["4:29 3.10 would become 3.1; put it in quotes"]);
  });
});

describe("a list of a parameter", () => {
  const run = "[echo, \"${{ join(params.x, ' ') }}\"]";

  test.each([
    ["3.9,3.10", "3.9 3.10"],
    ["[007, true, ~]", "007 true ~"],
    ['["a,b", c]', "a,b c"],
  ])("of texts is set by %s", (set, text) => {
    expect(wordsOf("{ type: list, items: string }", run, { set })).toEqual(["echo", text]);
  });

  test("may not hold a number that would be written differently", () => {
    expect(() => wordsOf("{ type: list }", run, { set: "3.9,3.10" })).toThrow(
      'the parameter "x" has entry 2, which is wrong: 3.10 would become 3.1; put it in quotes, or declare the parameter with "items: string"',
    );
    const file = "rain: 1\nparams: { x: { type: list, default: [[1.0]] } }\ntasks: {}";
    expect(problemsOf(file)[0]).toMatch(
      "2:37 the default has entry 1, which has entry 1, which is wrong: 1.0",
    );
  });

  test("has entries of its type only", () => {
    expect(() => wordsOf("{ type: list, items: integer }", run, { set: "1,two" })).toThrow(
      'the parameter "x" has entry 2, which must be an integer, not "two"',
    );
    expect(
      problemsOf("rain: 1\nparams: { x: { type: list, items: string, default: [3.10] } }\ntasks: {}")[0],
    ).toMatch("the default has entry 1, which must be text, not 3.10; put it in quotes");
    expect(problemsOf("rain: 1\nparams: { x: { type: string, items: string } }\ntasks: {}")[0]).toMatch(
      "2:30 a parameter of type string has no items; only a list has",
    );
  });
});
