import { describe, expect, it } from "vitest";
import { blob, remote, task, tasks } from "../../../../../src/runtime/client/index.ts";

const [a, b, c] = [blob("a"), blob("b"), tasks.concat([])];

describe("objects among the arguments of a remote function", () => {
  // biome-ignore lint/suspicious/noExplicitAny: any arguments are tried.
  const call = remote((...args: any[]) => args.length);
  const placesOf = (made: ReturnType<typeof call>) => (made.config as { places: unknown }).places;

  it("become inputs at any depth of lists, objects, maps and sets", () => {
    const made = call(a, [1, [b, { deep: c }]], new Map([["k", { x: a }]]), new Set([1, b]));
    expect(made.inputs.slice(1)).toEqual([a, b, c.output, a, b]);
    expect(placesOf(made)).toEqual([[0], [1, 1, 0], [1, 1, 1, "deep"], [2, 0, "x"], [3, 1]]);
  });

  it("leave the caller's values as they are", () => {
    const list = [a, { b }];
    call(list);
    expect(list).toEqual([a, { b }]);
  });

  it("may be in shared and cyclic values", () => {
    const shared = { a };
    const cyclic: unknown[] = [shared, shared];
    cyclic.push(cyclic);
    expect(placesOf(call(cyclic))).toEqual([[0, 0, "a"]]);
  });

  it.each<[string, unknown, string]>([
    [
      "the key of a map",
      new Map([[a, 1]]),
      "a remote function: arguments[0]: a data object or task cannot be the key of a Map",
    ],
    [
      "a task with several outputs",
      { list: [tasks.run(["x"], { out: ["p", "q"] })] },
      "a remote function: arguments[0].list[0]: this task has 2 outputs (p, q)",
    ],
    [
      "a promise",
      [Promise.resolve(a)],
      "a remote function: arguments[0][0]: expected a value that structured clone can copy, not a Promise",
    ],
    [
      "a function",
      { here: { go() {} } },
      "a remote function: arguments[0].here.go: expected a value that structured clone can copy, not the function go",
    ],
    [
      "a URL",
      new URL("file:///x"),
      "a remote function: arguments[0]: expected a value that structured clone can copy, not a URL",
    ],
    [
      "a generator",
      (function* () {})(),
      "a remote function: arguments[0]: expected a value that structured clone can copy",
    ],
  ])("are refused as %s, by name", (_what, value, message) => {
    expect(() => call(value)).toThrow(message);
  });

  it("are refused when they are nested too deep", () => {
    let deep: unknown[] = [a];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => call(deep)).toThrow("a remote function: the arguments are nested too deep to be sent");
  });
});

describe("objects among the arguments of python/call", () => {
  it("become inputs after the others, at any depth of lists and objects", () => {
    const config = { function: "f", arguments: { x: a, list: [1, { y: c }], plain: 2 } };
    const made = task("python/call", { inputs: [b], config });
    expect(made.inputs).toEqual([b, a, c.output]);
    expect(made.config).toEqual({
      function: "f",
      arguments: { x: null, list: [1, { y: null }], plain: 2 },
      places: [["x"], ["list", 1, "y"]],
    });
    expect(config.arguments.x).toBe(a);
  });

  it("get labels where the other inputs have labels", () => {
    const config = { function: "f", arguments: { list: [a] } };
    const made = task("python/call", { inputs: { script: b }, config });
    expect([made.inputs, made.inputLabels]).toEqual([
      [b, a],
      ["script", "arguments.list[0]"],
    ]);
  });

  it.each<[string, string, unknown, string]>([
    [
      "elsewhere in its config",
      "python/call",
      { function: a },
      "task: options.config.function: expected a JSON value or bytes, not a data object",
    ],
    [
      "in a map",
      "python/call",
      { function: "f", arguments: new Map([["x", a]]) },
      "task: options.config.arguments: expected a JSON value or bytes, not a Map",
    ],
    [
      "in the config of another type",
      "images/resize",
      { photos: [c] },
      "task: options.config.photos[0]: expected a JSON value or bytes, not a task",
    ],
  ])("are refused %s, by name", (_where, type, config, message) => {
    expect(() => task(type, { config })).toThrow(message);
  });
});

describe("objects among the words of a program", () => {
  it("become files with a path chosen for them", () => {
    const made = tasks.run(["paste", a, "-d", [b, [c]], 7, a, { object: b, write: true }], {
      files: { "arg-1": c },
      out: ["arg-3"],
    });
    expect(made.config).toEqual({
      args: ["paste", "arg-1_", "-d", "arg-3_", "arg-4", "7", "arg-1_", "arg-7"],
      in_paths: [
        { path: "arg-1" },
        { path: "arg-1_" },
        { path: "arg-3_" },
        { path: "arg-4" },
        { path: "arg-7", write: true },
      ],
      out_paths: ["arg-3"],
    });
    expect(made.inputs).toEqual([c.output, a, b, c.output, b]);
  });

  it.each<[string, unknown, string]>([
    [
      "in a map",
      { x: a },
      "tasks.run: args[1]: expected a text, a number, a data object, a task or a list of these, not an object",
    ],
    [
      "with several outputs",
      tasks.run(["x"], { out: ["p", "q"] }),
      "tasks.run: args[1]: this task has 2 outputs (p, q)",
    ],
    ["that are not numbers", Number.NaN, "tasks.run: args[1]: expected a text, a number"],
  ])("are refused %s, by name", (_what, word, message) => {
    expect(() => tasks.run(["cat", word as string])).toThrow(message);
  });
});
