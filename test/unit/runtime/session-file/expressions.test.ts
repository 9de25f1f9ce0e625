import { describe, expect, test } from "vitest";
import { FUNCTIONS } from "../../../../src/runtime/session-file/expressions/functions.ts";
import { load, loadValue } from "./load.ts";

/** The config of a task, after its expressions have been evaluated. */
function evaluated(config: unknown, params: object = {}): unknown {
  return loadValue({ rain: 1, params, tasks: { t: { type: "concat", user: config } } }).tasks[0].options.user;
}

const chunks = { chunks: { type: "integer", default: 3 } };
const rate = { rate: { type: "number", default: 2 } };

describe("an expression", () => {
  test.each<[string, string, unknown, object]>([
    ["of an integer stays a number", "${{ params.chunks }}", 3, chunks],
    ["is arithmetic", "${{ params.chunks * 2 + 1 }}", 7, chunks],
    ["divides integers as integers", "${{ 7 / 2 }}", 3, {}],
    ["mixes integers and other numbers", "${{ params.rate / 4 + 1 }}", 1.5, rate],
    ["is a list", "${{ range(params.chunks).map(i, 'x' + pad(i, 2)) }}", ["x00", "x01", "x02"], chunks],
    ["is a map", '${{ {"a": {"b": params.chunks}} }}', { a: { b: 3 } }, chunks],
    ["is a condition", "${{ params.chunks > 2 ? 'many' : 'few' }}", "many", chunks],
    ["may hold braces in quotes", "${{ '}}' + \"{{\" }}", "}}{{", {}],
    ["becomes text inside of text", "n=${{ params.chunks }}, ${{ true }}", "n=3, true", chunks],
    [
      "is escaped by a further $",
      "$${{ params.chunks }} ${{ params.chunks }}",
      "${{ params.chunks }} 3",
      chunks,
    ],
    ["may be alone with its escape", "$${{ x }}", "${{ x }}", {}],
    ["leaves other dollars alone", "$HOME ${HOME} {{ x }}", "$HOME ${HOME} {{ x }}", {}],
  ])("%s", (_, text, value, params) => {
    expect(evaluated(text, params)).toEqual(value);
  });

  test.each(FUNCTIONS.map(({ example }) => [example.expression, example.value] as const))(
    "%s",
    (text, value) => {
      expect(evaluated(`\${{ ${text} }}`)).toEqual(value);
    },
  );

  test("is found in lists and maps, and in values, not in keys", () => {
    const value = { "${{ a }}": ["${{ params.chunks }}", { deep: "${{ 1 + 1 }}" }] };
    expect(evaluated(value, chunks)).toEqual({ "${{ a }}": [3, { deep: 2 }] });
  });

  test("gives text where text is asked for", () => {
    const { tasks } = load(`
      rain: 1
      params: { n: { type: integer, default: 3 } }
      tasks:
        a: { run: [echo, "\${{ params.n }}"], env: { N: "\${{ params.n }}", B: "\${{ params.n > 2 }}" } }
    `);
    expect(tasks[0].config).toMatchObject({ args: ["echo", "3"], env: { N: "3", B: "true" } });
  });

  test("can stand for anything but a key: objects, resources, outputs, references, what is saved, the name", () => {
    const plan = load(`
      rain: 1
      name: run-\${{ params.n }}
      params: { n: { type: integer, default: 2 }, source: { type: string, default: a } }
      objects: { a: "text \${{ params.n }}", b: { value: "\${{ range(params.n) }}" } }
      tasks:
        t:
          run: split
          stdin: \${{ params.source }}
          files: { b: b }
          out: \${{ range(params.n).map(i, "x" + string(i)) }}
          resources: { cpus: "\${{ params.n }}", memory: "\${{ params.n }}GiB" }
          timeout: \${{ params.n * 60 }}
      save: { last: "t[\${{ params.n - 1 }}]" }
    `);
    expect(plan.name).toBe("run-2");
    const [task] = plan.tasks;
    expect(task.outputs.map(({ label }) => label)).toEqual(["x0", "x1"]);
    expect(task.options).toMatchObject({ resources: { cpus: 2, memory: 2 * 2 ** 30 }, timeout: 120 });
    expect(task.inputs[0].key).toBe("a");
    expect(plan.save).toEqual([{ path: "last", ref: "t[1]", object: task.outputs[1] }]);
  });

  test.each([
    "process",
    "env",
    "globalThis",
    "constructor",
    "params.constructor",
    "params.__proto__",
    "now()",
  ])("sees nothing of its surroundings: %s", (text) => {
    expect(() => evaluated(`\${{ ${text} }}`)).toThrow();
  });
});
