import { describe, expect, test } from "vitest";
import { formatProblems } from "../../../../src/runtime/session-file/index.ts";
import { load } from "./load.ts";

describe("a matrix without values", () => {
  const plan = load(`
rain: 1
params: { n: { type: integer, default: 0 } }
tasks:
  a: { matrix: { fold: "\${{ range(params.n) }}" }, run: date, stdout: true }
  b: { matrix: { fold: [0, 1], exclude: [{ fold: 0 }, { fold: 1 }] }, run: date, stdout: true }
  c: { matrix: { fold: [] }, run: cat, stdin: "a[fold=\${{ matrix.fold }}]" }
  all: { type: concat, inputs: ["a[*]", "b[fold=1]"] }
  others: { type: concat, inputs: ["b[*].stdout", all] }
save: { all.txt: all }
`);

  test("makes no instances, and selections of them are empty", () => {
    expect(plan.tasks.map(({ options }) => options.key)).toEqual(["all", "others"]);
    expect(plan.tasks.map(({ inputs }) => inputs.length)).toEqual([0, 1]);
    expect(plan.counts).toMatchObject({ tasks: 2, saved: 1 });
  });

  test("is a warning that says why", () => {
    const [first] = formatProblems(plan.warnings).split("\n");
    expect(first).toContain("test.yml:5:8: ");
    expect(plan.warnings.map(({ message }) => message)).toEqual([
      'task "a" has no instances: the list of "fold" is empty',
      'task "b" has no instances: all combinations are excluded',
      'task "c" has no instances: the list of "fold" is empty',
    ]);
  });

  test.each([
    ["run: cat\n    stdin: a", 'task "a" has a matrix; name all of them: "a[*]"'],
    ['run: cat\n    stdin: "a[*]"', '"a[*]" names 0 objects where one is needed'],
  ])("has no instance for %j", (use, message) => {
    const text = `rain: 1\ntasks:\n  a: { matrix: { v: [] }, run: date, stdout: true }\n  b:\n    ${use}\n`;
    expect(() => load(text)).toThrow(message);
  });
});
