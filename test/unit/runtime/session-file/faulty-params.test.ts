import { describe, expect, test } from "vitest";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";
import {
  loadSessionFile,
  readParams,
  SessionFileErrors,
} from "../../../../src/runtime/session-file/index.ts";
import { builtin } from "../../../../src/tasks/index.ts";
import { thrownBy } from "./load.ts";

const registry = createRegistry([builtin]);

/** The messages of all problems, each with its line. */
function problemsOf(text: string, params?: Record<string, string>): string[] {
  const error = thrownBy(() =>
    loadSessionFile({ text, name: "t.yml", baseDir: "." }, { registry, ...(params && { params }) }),
  );
  if (!(error instanceof SessionFileErrors)) throw error;
  return error.problems.map(
    ({ line, message, suggestion }) => `${line}: ${message}${suggestion ? ` → ${suggestion}` : ""}`,
  );
}

const TASKS = `
tasks:
  a: { matrix: { n: "\${{ range(params.n) }}" }, run: "echo \${{ params.n }}" }
  b: { run: "cat \${{ params.other }}" }
  e: { run: cat, stdin: nothing }
  c: { type: concat, inputs: ["a[*]"], config: { x: "\${{ params['n'] }}" } }
  d: { run: "echo \${{ params.m }}" }
`;

describe("a wrong declaration of a parameter", () => {
  test("hides no other problem, and is reported once however often the parameter is used", () => {
    const problems = problemsOf(
      `rain: 1\nparams: { n: { type: int }, m: { type: integer, default: 1 } }${TASKS}`,
    );
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/^2: "type" must be string, .*, not "int" → integer$/);
    expect(problems[1]).toMatch(/^5: there is no parameter "other"/);
    expect(problems[2]).toMatch(/^6: there is no object or task "nothing"/);
  });

  test.each([
    ["a default of another type", "{ type: integer, default: x }"],
    ["an unknown key", "{ type: integer, defualt: 3 }"],
    ["no map", "integer"],
    ["a text for its limit", '{ type: integer, minimum: "1" }'],
  ])("%s hides no other problem", (_, declared) => {
    const problems = problemsOf(
      `rain: 1\nparams: { n: ${declared}, m: { type: integer, default: 1 } }${TASKS}`,
    );
    expect(problems.filter((problem) => problem.startsWith("2:"))).toHaveLength(1);
    expect(problems.filter((problem) => /^[56]:/.test(problem))).toHaveLength(2);
  });

  test("of all of them is one problem", () => {
    const problems = problemsOf(
      'rain: 1\nparams: [n]\ntasks:\n  a: { run: x, stdin: b }\n  c: { run: "x ${{ params.n }}" }\n',
    );
    expect(problems.map((problem) => problem[0])).toEqual(["2", "4"]);
    expect(problems[1]).toContain('there is no object or task "b"');
  });

  test("wins over values that are missing or unknown, which may be right in the end", () => {
    const text =
      'rain: 1\nparams: { n: { type: int }, k: { type: integer } }\ntasks: { a: { run: "echo ${{ params.k }}" } }\n';
    expect(problemsOf(text, { n: "3", q: "1" })).toHaveLength(1);
  });

  test("makes the list of parameters incomplete, so it is not shown", () => {
    const text = "rain: 1\nparams: { n: { type: int } }\ntasks: { a: { run: date } }\n";
    expect(() => readParams({ text, name: "t.yml", baseDir: "." })).toThrow(SessionFileErrors);
  });

  test.each([
    ["int", "integer"],
    ["array", "list"],
    ["str", "string"],
    ["Float", "number"],
    ["bool", "boolean"],
    ["intger", "integer"],
    ["file", "path"],
  ])("suggests for the type %s the type %s", (written, meant) => {
    const [problem] = problemsOf(`rain: 1\nparams: { n: { type: ${written} } }\ntasks: {}\n`);
    expect(problem).toContain(`→ ${meant}`);
  });
});
