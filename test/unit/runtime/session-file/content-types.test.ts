import { expect, test } from "vitest";
import { definePlugin, type Slots, type TaskType } from "../../../../src/runtime/plugin/contract/index.ts";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";
import { loadSessionFile } from "../../../../src/runtime/session-file/index.ts";
import { builtin } from "../../../../src/tasks/index.ts";

const taskType = (name: string, inputs: Slots, outputs: Slots): TaskType => ({
  name,
  summary: "",
  inputs,
  outputs,
  run: () => [],
});
const plugin = definePlugin({
  name: "t",
  tasks: [
    taskType("make", {}, { fixed: [{ label: "table", contentType: "arrow" }] }),
    taskType("text", {}, { fixed: [{ contentType: "text" }] }),
    taskType("show", { fixed: [{ label: "table", contentType: "arrow" }] }, {}),
    taskType("latin", { fixed: [{ contentType: "text-latin1" }] }, {}),
  ],
});
const registry = createRegistry([builtin, plugin]);

/** What is wrong with tasks, in which `constant` is a text and `typed` JSON. */
function problemsOf(tasks: Record<string, unknown>): string[] {
  const objects = { constant: "x", typed: { value: 1 }, open: { base64: "" } };
  const text = JSON.stringify({ rain: 1, objects, tasks });
  try {
    loadSessionFile({ text, name: "test.json", baseDir: "/" }, { registry });
    return [];
  } catch (error) {
    return (error as { problems: { message: string }[] }).problems.map(({ message }) => message);
  }
}

test.each<[what: string, tasks: Record<string, unknown>]>([
  ["the type that is asked for", { a: { type: "t/make" }, b: { type: "t/show", inputs: ["a"] } }],
  ["a constant that says nothing", { b: { type: "t/show", inputs: ["open"] } }],
  [
    "an output that may turn out to be a subtype",
    { a: { type: "t/text" }, b: { type: "t/latin", inputs: ["a"] } },
  ],
])("%s may stand on an edge", (_, tasks) => {
  expect(problemsOf(tasks)).toEqual([]);
});

test.each<[what: string, tasks: Record<string, unknown>, message: string]>([
  [
    "a constant of another type",
    { b: { type: "t/show", inputs: ["typed"] } },
    't/show: expected the content type "arrow", but this is "json"',
  ],
  [
    "a constant of a supertype, which stays what it is",
    { b: { type: "t/latin", inputs: ["constant"] } },
    't/latin: expected the content type "text-latin1", but this is "text"',
  ],
  [
    "an output of another type",
    { a: { type: "t/text" }, b: { type: "t/show", inputs: ["a"] } },
    't/show: expected the content type "arrow", but this is "text"',
  ],
  [
    "an output that is listed without its type",
    { a: { type: "t/make", outputs: ["it"] }, b: { type: "t/latin", inputs: ["a"] } },
    't/latin: expected the content type "text-latin1", but this is "arrow"',
  ],
  [
    "an output declared as what its task type never gives",
    { a: { type: "t/make", outputs: [{ contentType: "json" }] } },
    't/make: expected the content type "arrow", but this is "json"',
  ],
])("%s is an error", (_, tasks, message) => {
  expect(problemsOf(tasks)).toEqual([message]);
});
