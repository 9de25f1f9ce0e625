import { describe, expect, test } from "vitest";
import { formatProblems, SessionFileErrors } from "../../../../../src/runtime/session-file/index.ts";
import { load, loadValue, thrownBy } from "../load.ts";

/** The words of a command with parameters of these values. */
function wordsOf(run: unknown, values: Record<string, unknown>, task: object = {}): unknown {
  const params = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const type = Array.isArray(value) ? "list" : typeof value === "number" ? "integer" : "string";
      return [name, { type, default: value }];
    }),
  );
  const { tasks } = loadValue({ rain: 1, params, tasks: { t: { run, ...task } } });
  return Reflect.get(Object(tasks[0]?.config), "args");
}

describe("a command outside of a shell", () => {
  test.each([
    ["my file.txt"],
    ["it's.txt"],
    ['a "quoted" one'],
    ["a\\b"],
    ["$(rm -rf /); x | y > z"],
    [""],
    ["two\nlines"],
  ])("takes the value %j as one word", (f) => {
    expect(wordsOf("cat ${{ params.f }} end", { f })).toEqual(["cat", f, "end"]);
    expect(wordsOf("cat --in=${{ params.f }}.gz", { f })).toEqual(["cat", `--in=${f}.gz`]);
    expect(wordsOf("cat 'a ${{ params.f }}' \"${{ params.f }} b\"", { f })).toEqual([
      "cat",
      `a ${f}`,
      `${f} b`,
    ]);
  });

  test("may have blanks, quotes and operators in its expressions", () => {
    const run = "cat ${{ params.n > 2 ? 'it' + \"s | x\" : params['f'] }} ${{ params.n }}";
    expect(wordsOf(run, { n: 3, f: "" })).toEqual(["cat", "its | x", "3"]);
  });

  test("may be one expression: a text is the program, a list its words", () => {
    expect(wordsOf("${{ params.f }}", { f: "my program" })).toEqual(["my program"]);
    expect(wordsOf("${{ params.f }}", { f: ["echo", "a b"] })).toEqual(["echo", "a b"]);
  });

  test("keeps a literal opening of an expression", () => {
    expect(wordsOf("echo $${{ x }}", {})).toEqual(["echo", "${{", "x", "}}"]);
  });

  test("is split for each instance of a matrix", () => {
    const text = `
rain: 1
tasks: { t: { matrix: { f: ["a b", "c'd"] }, run: "cat \${{ matrix.f }}" } }`;
    expect(load(text).tasks.map(({ config }) => Reflect.get(Object(config), "args"))).toEqual([
      ["cat", "a b"],
      ["cat", "c'd"],
    ]);
  });

  test.each([
    ["cat ${{ params.f }} | sort", 'cannot split this command: "|" needs a shell'],
    ["cat '${{ params.f }}", "cannot split this command: a single quote is not closed"],
    ["cat ${{ params.l }}", "a list cannot be part of a text"],
    ["cat ${{ params.g }}", 'there is no parameter "g"'],
  ])("%s is refused", (run, message) => {
    const error = thrownBy(() => wordsOf(run, { f: "'", l: ["a"] }));
    if (!(error instanceof SessionFileErrors)) throw error;
    expect(error.problems).toHaveLength(1);
    expect(formatProblems(error.problems)).toContain(message);
  });
});

describe("a script", () => {
  test("has its values as they are, and quoted ones by quote()", () => {
    const values = { f: "it's.txt", l: ["a b", "c"], n: 3 };
    const script = "cat ${{ params.f }} ${{ quote(params.f) }} ${{ quote(params.l) }} ${{ quote(params.n) }}";
    expect(wordsOf(script, values, { shell: true })).toEqual(["cat it's.txt 'it'\\''s.txt' 'a b' 'c' '3'"]);
  });

  /** The warnings for a script, with their places. */
  function warningsOf(run: string, task = "shell: true"): string[] {
    const text = `
rain: 1
params:
  f: { type: string, default: a }
  p: { type: path, default: a }
  l: { type: list, default: [a] }
  e: { type: string, default: x, enum: [x, y] }
  n: { type: integer, default: 1 }
tasks:
  t:
    run: ${run}
    ${task}
`;
    return load(text).warnings.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }

  test.each(["params.f", "params.p", "params.l[0]", 'params["f"]', "params.f + '.txt'"])(
    "warns of %s",
    (expression) => {
      const name = expression.startsWith("params.l")
        ? "params.l"
        : expression.includes("p.p")
          ? "params.p"
          : undefined;
      const [warning, ...others] = warningsOf(`cat \${{ ${expression} }}`);
      expect(warning).toMatch(
        /^11:18 the text of params\.[fpl] becomes part of the script here, whatever is in it; /,
      );
      expect(warning).toContain(`write quote(${expression}), or pass it in "env"`);
      if (name) expect(warning).toContain(name);
      expect(others).toEqual([]);
    },
  );

  test.each(["quote(params.f)", "params.e", "params.n", "size(params.f)", "quote(params.l)"])(
    "does not warn of %s",
    (expression) => {
      expect(warningsOf(`cat \${{ ${expression} }}`)).toEqual([]);
    },
  );

  test("warns of a matrix whose values are a parameter, once for all instances", () => {
    const warnings = warningsOf(
      "cat ${{ matrix.x }} ${{ matrix.y }}",
      'matrix: { x: "${{ params.l }}", y: [1, 2] }\n    shell: bash',
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch("the text of matrix.x becomes part of the script here");
  });

  test("of another language gets texts by its environment", () => {
    expect(warningsOf("print('${{ params.f }}')", "shell: python")[0]).toMatch(/; pass it in "env" instead$/);
  });

  test("that is a list is checked entry by entry", () => {
    expect(warningsOf('[cat, "${{ params.f }}"]')[0]).toMatch(
      /the text of params\.f becomes part of the script/,
    );
  });

  test("without a shell there is nothing to warn of", () => {
    expect(warningsOf("cat ${{ params.f }}", "stdout: true")).toEqual([]);
  });
});

describe("the interpreter of a script", () => {
  test.each([true, false, "sh", "bash", "python", "node", ["perl", "{0}"]])("may be %j", (shell) => {
    expect(wordsOf(["true"], {}, { shell })).toEqual(["true"]);
  });

  test.each([
    ["zsh", '"shell" must be true, sh, bash, python, node, or a list of words'],
    [5, '"shell" must be true, sh, bash'],
    [["perl"], 'the words of the interpreter need "{0}" where the path of the script goes'],
  ])("cannot be %j", (shell, message) => {
    const error = thrownBy(() => wordsOf(["true"], {}, { shell }));
    if (!(error instanceof SessionFileErrors)) throw error;
    expect(formatProblems(error.problems)).toContain(message);
  });
});
