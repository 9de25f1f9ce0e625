import { describe, expect, test } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import { definePlugin, defineTask, type TaskType } from "../../../../src/runtime/plugin/contract/index.ts";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";
import { builtin } from "../../../../src/tasks/index.ts";

function taskType(name: string, more: Partial<TaskType> = {}): TaskType {
  return { name, summary: name, inputs: {}, outputs: {}, run: () => [], ...more };
}

const geo = definePlugin({
  name: "geo",
  tasks: [taskType("tile")],
  contentTypes: [
    { name: "user/map", load: () => "map", dump: () => new Uint8Array(0) },
    { name: "user/map/vector", load: () => "vector", dump: () => new Uint8Array(0) },
  ],
});
const registry = createRegistry([builtin, geo]);

function errorOf(action: () => unknown): RainError {
  try {
    action();
  } catch (error) {
    if (error instanceof RainError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

describe("names", () => {
  test.each([
    ["concat", "builtin/concat"],
    ["builtin/concat", "builtin/concat"],
    ["store", "builtin/store"],
    ["export", "builtin/store"],
    ["builtin/export", "builtin/store"],
    ["geo/tile", "geo/tile"],
  ])("%s is %s", (name, canonical) => {
    expect(registry.canonicalName(name)).toBe(canonical);
    expect(registry.taskType(name)).toBe(registry.taskType(canonical));
    expect(registry.taskType(name)).toBeDefined();
  });

  test.each(["tile", "geo/concat", "", "constructor"])("%j is unknown", (name) => {
    expect(registry.canonicalName(name)).toBeUndefined();
    expect(registry.taskType(name)).toBeUndefined();
  });

  test("a mistyped name has a suggestion in the form that the user wrote", () => {
    expect(registry.suggest("conct")).toBe("concat");
    expect(registry.suggest("builtin/conct")).toBe("builtin/concat");
    expect(registry.suggest("frobnicate")).toBeUndefined();
  });

  test("two plugins cannot have the same name", () => {
    const twice = () => createRegistry([geo, { name: "geo", tasks: [taskType("tile")] }]);
    expect(errorOf(twice)).toMatchObject({
      code: "START_FAILED",
      message: 'two plugins have the task type "geo/tile"',
    });
    const json = { name: "json", load: () => 0, dump: () => new Uint8Array(0) };
    expect(errorOf(() => createRegistry([{ name: "mine", contentTypes: [json] }]))).toMatchObject({
      message: 'two plugins have the content type "json"',
    });
  });
});

describe("description", () => {
  test("has all eight built-in types and those of the plugins, in order", () => {
    expect(registry.describe().map(({ name }) => name)).toEqual([
      "builtin/concat",
      "builtin/make_directory",
      "builtin/open",
      "builtin/open_dir",
      "builtin/run",
      "builtin/sleep",
      "builtin/slice_directory",
      "builtin/store",
      "geo/tile",
    ]);
  });

  test("describes the inputs and outputs of a type", () => {
    const byName = Object.fromEntries(registry.describe().map((type) => [type.name, type]));
    expect(byName["builtin/concat"]).toEqual({
      name: "builtin/concat",
      summary: "Joins blobs in order",
      inputs: "blob…",
      outputs: "blob",
    });
    expect(byName["builtin/open_dir"]).toMatchObject({ inputs: "none", outputs: "dir" });
    expect(byName["builtin/sleep"].config).toMatchObject({ type: "number", minimum: 0 });
    expect(byName["builtin/run"].config).toMatchObject({
      type: "object",
      required: ["args"],
      additionalProperties: false,
      properties: {
        args: { type: "array", items: { type: "string" } },
        out_paths: { type: "array", default: [] },
      },
    });
  });

  test("is plain JSON", () => {
    expect(JSON.parse(JSON.stringify(registry.describe()))).toEqual(registry.describe());
  });
});

describe("content types", () => {
  test.each([
    ["json", "json"],
    ["text-latin1", "text"],
    ["user/map", "user/map"],
    ["user/map/raster", "user/map"],
    ["user/map/vector/3d", "user/map/vector"],
  ])("%s is handled by %s", (name, by) => {
    expect(registry.contentType(name)?.name).toBe(by);
  });

  test.each(["", "pickle", "cloudpickle", "mime/image/png"])("nobody loads %j", (name) => {
    expect(registry.contentType(name)).toBeUndefined();
  });

  test("are listed", () => {
    expect(registry.contentTypeNames()).toEqual([
      "cbor",
      "csv",
      "json",
      "ndjson",
      "text",
      "user/map",
      "user/map/vector",
      "user/structured-clone",
    ]);
  });
});

describe("the check of a task", () => {
  const blob = { dataType: "blob" } as const;
  const dir = { dataType: "dir" } as const;

  test("returns the config with its defaults", () => {
    const config = registry.checkTask({ type: "run", config: { args: ["true"] }, inputs: [], outputs: [] });
    expect(config).toEqual({ args: ["true"], in_paths: [], out_paths: [], directories: [] });
  });

  test("an unknown type has a suggestion", () => {
    const error = errorOf(() => registry.checkTask({ type: "conct", inputs: [], outputs: [] }));
    expect(error.code).toBe("UNKNOWN_TASK_TYPE");
    expect(error.message).toBe('unknown task type "conct"; did you mean "concat"?');
    expect(error.details).toEqual({ path: ["type"] });
  });

  test.each<[string, Parameters<typeof registry.checkTask>[0], string, (string | number)[]]>([
    [
      "too few inputs",
      { type: "sleep", config: 1, inputs: [], outputs: [blob] },
      "sleep: inputs: 1 input expected, 0 given",
      ["inputs"],
    ],
    [
      "too many inputs",
      { type: "open", config: { path: "/a" }, inputs: [blob], outputs: [blob] },
      "open: inputs: no inputs expected, 1 given",
      ["inputs"],
    ],
    [
      "too many outputs",
      { type: "concat", inputs: [], outputs: [blob, blob] },
      "concat: outputs: 1 output expected, 2 given",
      ["outputs"],
    ],
    [
      "a directory for a blob",
      { type: "concat", inputs: [blob, { dataType: "dir", label: "left" }], outputs: [blob] },
      'concat: inputs[1] ("left"): expected a blob, but this is a directory',
      ["inputs", 1],
    ],
    [
      "a blob declared where a directory comes out",
      { type: "make_directory", config: { paths: [] }, inputs: [], outputs: [blob] },
      "make_directory: outputs[0]: expected a directory, but this is a blob",
      ["outputs", 0],
    ],
    [
      "a config for a type without",
      { type: "concat", config: {}, inputs: [], outputs: [blob] },
      "concat: config: this task type takes no config",
      ["config"],
    ],
    [
      "no config",
      { type: "open", inputs: [], outputs: [blob] },
      "open: config: an object is expected with the keys path",
      ["config"],
    ],
    [
      "a missing key",
      { type: "open", config: {}, inputs: [], outputs: [blob] },
      "open: config.path: this key is missing",
      ["config", "path"],
    ],
    [
      "an unknown key",
      { type: "open", config: { path: "/a", pth: 1 }, inputs: [], outputs: [blob] },
      "open: config.pth: unknown key; the keys are path",
      ["config", "pth"],
    ],
    [
      "a wrong element",
      { type: "run", config: { args: ["a", 5] }, inputs: [], outputs: [] },
      "run: config.args[1]: Invalid type: Expected string but received 5",
      ["config", "args", 1],
    ],
    [
      "what only the type itself can check",
      { type: "make_directory", config: { paths: ["a"] }, inputs: [], outputs: [dir] },
      "make_directory: config: paths needs one entry per input; it has 1 for 0",
      ["config"],
    ],
  ])("%s", (_, task, message, path) => {
    const error = errorOf(() => registry.checkTask(task));
    expect(error.code).toBe("INVALID_GRAPH");
    expect(error.message).toBe(message);
    expect(error.details).toMatchObject({ path });
  });

  describe("content types", () => {
    const parse = defineTask({
      name: "parse",
      summary: "parse",
      inputs: { fixed: [{ contentType: "text" }], rest: { contentType: "json", dataType: "any" } },
      outputs: {},
      run: () => [],
    });
    const own = createRegistry([definePlugin({ name: "own", tasks: [parse] })]);
    const check = (...inputs: { contentType?: string }[]) =>
      own.checkTask({ type: "own/parse", inputs, outputs: [] });

    test("values that match, or may match at run time, are accepted", () => {
      expect(check({ contentType: "text-latin1" }, { contentType: "json" }, {})).toBeUndefined();
      expect(check({ contentType: "" })).toBeUndefined();
    });
    test("values that can never match are rejected", () => {
      expect(errorOf(() => check({ contentType: "json" })).message).toBe(
        'own/parse: inputs[0]: expected the content type "text", but this is "json"',
      );
      expect(errorOf(() => check({}, { contentType: "text" })).details).toMatchObject({
        path: ["inputs", 1],
      });
      expect(errorOf(() => check()).message).toBe("own/parse: inputs: at least 1 input expected, 0 given");
    });
  });

  test("a schema that returns a promise is an error of its plugin", () => {
    const schema = {
      "~standard": { version: 1, vendor: "x", validate: async () => ({ value: 1 }) },
    } as const;
    const slow = createRegistry([{ name: "slow", tasks: [taskType("task", { config: schema })] }]);
    const check = () => slow.checkTask({ type: "slow/task", config: 1, inputs: [], outputs: [] });
    expect(errorOf(check).message).toBe("the config schema of a task type must validate without a promise");
  });
});
