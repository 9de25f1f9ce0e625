import { describe, expect, test } from "vitest";
import { graphOf } from "../../../../src/runtime/session-file/index.ts";
import { load } from "./load.ts";

const TASKS = `
rain: 1
objects: { note: note }
tasks:
  prepare: { run: mkdir -p /tmp/x }
  count: { matrix: { part: [0, 1] }, run: date, stdout: true }
`;

/** The keys of the tasks that the task `use` needs. */
const neededBy = (needs: string) =>
  load(`${TASKS}  use: { run: ls, needs: ${needs} }\n`)
    .tasks.find(({ options }) => options.key === "use")
    ?.needs.map(({ options }) => options.key);

describe("needs", () => {
  test("names tasks, also without outputs, and instances", () => {
    expect(neededBy("[prepare]")).toEqual(["prepare"]);
    expect(neededBy('["count[*]", prepare]')).toEqual(["count[part=0]", "count[part=1]", "prepare"]);
    expect(neededBy('["count[part=1]"]')).toEqual(["count[part=1]"]);
    expect(neededBy("[count]")).toEqual(["count[part=0]", "count[part=1]"]);
  });

  test("may differ from instance to instance", () => {
    const { tasks } = load(
      `${TASKS}  use: { matrix: { part: [0, 1] }, run: ls, needs: ["count[part=\${{ matrix.part }}]"] }\n`,
    );
    expect(tasks.at(-1)!.needs).toEqual([tasks[2]]);
  });

  test.each([
    ["[prepar]", 'there is no task "prepar"; did you mean "prepare"?'],
    ["[note]", '"note" is an object; name a task'],
    ['["count[part=0].stdout"]', "is an output; name the task"],
    ['["count[part=7]"]', 'no instance of "count" has part=7'],
    ["[use]", "a task cannot come before itself: use → use"],
    ["prepare", '"needs" must be a list of tasks'],
  ])("%s is told what is wrong", (needs, message) => {
    expect(() => neededBy(needs)).toThrow(message);
  });

  test("cannot go in a circle, also not with inputs", () => {
    const text =
      "rain: 1\ntasks:\n  a: { run: ls, needs: [b], stdout: true }\n  b: { run: ls, files: { a: c } }\n  c: { run: ls, stdin: a, stdout: true }\n";
    expect(() => load(text)).toThrow("these tasks depend on each other: a → b → c → a");
  });

  test("is an edge of the graph", () => {
    const plan = load(`${TASKS}  use: { run: ls, needs: [prepare] }\n`);
    expect(graphOf(plan, { expanded: false }).edges).toEqual([
      { from: "prepare", to: "use", label: "before" },
    ]);
  });
});
