import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DataObject, Task } from "../../../../src/runtime/client/graph/values.ts";
import { expandSessionFile, loadSessionFile } from "../../../../src/runtime/session-file/index.ts";
import { fixtures, load, loadValue, registry } from "./load.ts";

/** The constant of `{ x: <object> }`. */
function constant(object: unknown): DataObject {
  return loadValue({ rain: 1, objects: { x: object }, tasks: {} }).objects.get("x")!;
}

/** The task `t` of a file that also has the objects `a`, `b` and the directory `site`. */
function task(entry: unknown): Task {
  const { tasks } = loadValue({
    rain: 1,
    objects: { a: "A", b: "B", site: { dir: "site" } },
    tasks: { t: entry },
  });
  return tasks[0];
}

const bytesOf = ({ source }: DataObject) => (source?.kind === "bytes" ? [...source.bytes] : undefined);
const textOf = (object: DataObject) => Buffer.from(bytesOf(object) ?? []).toString();
const specs = (objects: readonly DataObject[]) =>
  objects.map(({ label, contentType, dataType, kept }) => ({ label, contentType, dataType, kept }));
const blob = { label: "", contentType: "", dataType: "blob", kept: false };

describe("objects", () => {
  test.each<[string, unknown, string, string]>([
    ["text", "Hello ", "Hello ", "text"],
    ["empty text", "", "", "text"],
    ["text in UTF-8", "žluť", "žluť", "text"],
    ["text with a content type", { text: '{"a":1}', contentType: "json" }, '{"a":1}', "json"],
    ["a value, as JSON", { value: { a: [1, null] } }, '{"a":[1,null]}', "json"],
    ["null as a value", { value: null, encode: "json" }, "null", "json"],
    ["a value with a content type of its own", { value: 1, contentType: "user/count" }, "1", "user/count"],
    ["a text as a value", { value: "x", encode: "text" }, "x", "text"],
    ["base64", { base64: "SGVs\nbG8=" }, "Hello", ""],
    ["base64 with a content type", { base64: "", contentType: "mime/image/png" }, "", "mime/image/png"],
  ])("%s", (_, entry, text, contentType) => {
    const object = constant(entry);
    expect(textOf(object)).toBe(text);
    expect(object).toMatchObject({ contentType, dataType: "blob", key: "x", kept: false });
  });

  test("a value as CBOR", () => {
    const object = constant({ value: { a: 1 }, encode: "cbor" });
    expect(bytesOf(object)).toEqual([0xa1, 0x61, 0x61, 0x01]);
    expect(object.contentType).toBe("cbor");
  });

  test("text in an encoding that its content type names", () => {
    expect(bytesOf(constant({ text: "é", contentType: "text-latin1" }))).toEqual([0xe9]);
  });

  test("files and directories, by paths that start from the session file", () => {
    const file = constant({ file: "data.txt", contentType: "text" });
    expect(file).toMatchObject({
      source: { kind: "file", path: join(fixtures, "data.txt") },
      contentType: "text",
    });
    const absolute = constant({ file: join(fixtures, "data.txt") });
    expect(absolute.source).toEqual({ kind: "file", path: join(fixtures, "data.txt") });
    const dir = constant({ dir: "./site" });
    expect(dir).toMatchObject({ source: { kind: "dir", path: join(fixtures, "site") }, dataType: "dir" });
  });
});

describe("tasks of a type", () => {
  test("inputs in a list", () => {
    const { type, config, inputs, inputLabels, outputs, options } = task({
      type: "concat",
      inputs: ["a", "b", "a"],
    });
    expect({ type, config }).toEqual({ type: "builtin/concat", config: undefined });
    expect(inputs.map(({ key }) => key)).toEqual(["a", "b", "a"]);
    expect(inputLabels).toBeUndefined();
    expect(specs(outputs)).toEqual([blob]);
    expect(options).toEqual({ key: "t" });
  });

  test("inputs by label", () => {
    const { inputs, inputLabels } = task({ type: "concat", inputs: { left: "a", right: "b" } });
    expect(inputs.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(inputLabels).toEqual(["left", "right"]);
  });

  test.each([
    ["concat", "builtin/concat"],
    ["builtin/concat", "builtin/concat"],
  ])("the type %s is %s", (type, canonical) => {
    expect(task({ type, inputs: [] }).type).toBe(canonical);
  });

  test.each(["store", "export", "builtin/export"])("%s has no output", (type) => {
    const stored = task({ type, inputs: ["a"], config: { path: "/tmp/x" } });
    expect(stored).toMatchObject({ type: "builtin/store", config: { path: "/tmp/x" }, outputs: [] });
  });

  test("all common keys", () => {
    const { options, outputs } = task({
      type: "concat",
      keep: true,
      name: "finish/report",
      group: "finish",
      resources: { cpus: 2 },
      user: { ticket: 7 },
    });
    expect(options).toEqual({
      key: "t",
      keep: true,
      name: "finish/report",
      group: "finish",
      resources: { cpus: 2 },
      user: { ticket: 7 },
    });
    expect(outputs[0].kept).toBe(true);
  });

  test.each<[string, unknown, unknown]>([
    ["a label", ["joined"], { label: "joined" }],
    ["a content type", [{ contentType: "text" }], { contentType: "text" }],
    [
      "everything",
      [{ label: "j", contentType: "json", dataType: "blob" }],
      { label: "j", contentType: "json" },
    ],
  ])("an output with %s", (_, outputs, expected) => {
    expect(specs(task({ type: "concat", outputs }).outputs)).toEqual([{ ...blob, ...(expected as object) }]);
  });

  test.each<[string, unknown, Partial<typeof blob>]>([
    ["sleep gives what it takes", { type: "sleep", inputs: ["a"], config: 1 }, { contentType: "text" }],
    ["also a directory", { type: "sleep", inputs: ["site"], config: 1 }, { dataType: "dir" }],
    [
      "make_directory gives a directory",
      { type: "make_directory", inputs: ["a"], config: { paths: ["x"] } },
      { dataType: "dir" },
    ],
    ["open_dir gives a directory", { type: "open_dir", config: { path: "/srv" } }, { dataType: "dir" }],
    ["open gives a blob", { type: "open", config: { path: "/etc/hosts" } }, {}],
    [
      "slice_directory gives a file",
      { type: "slice_directory", inputs: ["site"], config: { path: "index.html" } },
      {},
    ],
    [
      "with / at the end a directory",
      { type: "slice_directory", inputs: ["site"], config: { path: "css/" } },
      { dataType: "dir" },
    ],
    [
      "a listed output is one of those",
      { type: "open_dir", config: { path: "/srv" }, outputs: ["all"] },
      { label: "all", dataType: "dir" },
    ],
  ])("%s", (_, entry, expected) => {
    expect(specs(task(entry).outputs)).toEqual([{ ...blob, ...expected }]);
  });

  test("run by its config has the outputs that are listed", () => {
    const config = { args: ["ls"], in_paths: [{ path: "+in" }], out_paths: ["+out", "log"] };
    const listed = task({ type: "run", inputs: ["a"], config, outputs: ["listing", { label: "log" }] });
    expect(listed.config).toEqual(config);
    expect(listed.outputs.map(({ label }) => label)).toEqual(["listing", "log"]);
  });
});

describe("tasks that run a program", () => {
  test("a list of arguments", () => {
    expect(task({ run: ["echo", "a b", ""] })).toMatchObject({
      type: "builtin/run",
      config: { args: ["echo", "a b", ""], in_paths: [], out_paths: [] },
      inputs: [],
      outputs: [],
    });
  });

  test("a command in one text is split as a shell would", () => {
    expect(task({ run: `awk -F , '{ print "$1" }' "a b"` }).config).toMatchObject({
      args: ["awk", "-F", ",", '{ print "$1" }', "a b"],
    });
  });

  test("with shell it stays as it is", () => {
    expect(task({ run: "sort | uniq > out\n", shell: true }).config).toMatchObject({
      args: ["sort | uniq > out\n"],
      shell: true,
    });
  });

  test("stdin, files and env", () => {
    const { config, inputs } = task({
      run: ["cat"],
      stdin: "b",
      files: { "in/a.txt": "a", site: { object: "site", write: true }, again: { object: "a" } },
      env: { LC_ALL: "C" },
    });
    expect(config).toEqual({
      args: ["cat"],
      env: { LC_ALL: "C" },
      in_paths: [{ path: "+in" }, { path: "in/a.txt" }, { path: "site", write: true }, { path: "again" }],
      out_paths: [],
    });
    expect(inputs.map(({ key }) => key)).toEqual(["b", "a", "site", "a"]);
  });

  test("outputs", () => {
    const { config, outputs } = task({
      run: ["make"],
      out: ["x00", { label: "last", path: "x02", contentType: "text" }, { path: "tree", dataType: "dir" }],
      stdout: true,
      stderr: true,
      keep: true,
    });
    expect(config).toMatchObject({ out_paths: ["x00", "x02", "tree", "+out", "+err"] });
    const kept = { ...blob, kept: true };
    expect(specs(outputs)).toEqual([
      { ...kept, label: "x00" },
      { ...kept, label: "last", contentType: "text" },
      { ...kept, label: "tree", dataType: "dir" },
      { ...kept, label: "stdout" },
      { ...kept, label: "stderr" },
    ]);
  });

  test("stdout: false is as if it were not there", () => {
    expect(task({ run: ["true"], stdout: false, shell: false }).outputs).toEqual([]);
  });
});

describe("references", () => {
  const plan = load(`
    rain: 1
    tasks:
      total: { type: concat, inputs: [one, "parts[0]", parts.last, parts.x.y, two] }
      two: { type: concat, inputs: [one] }
      one: { run: date, stdout: true }
      parts: { run: split data, out: [x00, { label: last, path: x01 }, x.y] }
    save:
      results/all.txt: total
      ./part: parts.last
  `);
  const [total, two, one, parts] = plan.tasks;

  test("name the only output of a task, or one by index or label, in any order", () => {
    expect(total.inputs).toEqual([one.output, parts.out(0), parts.out("last"), parts.out("x.y"), two.output]);
  });

  test("the tasks stay in the order of the file", () => {
    expect(plan.tasks.map(({ options }) => options.key)).toEqual(["total", "two", "one", "parts"]);
  });

  test("what is saved is kept", () => {
    expect(plan.save).toEqual([
      { path: "results/all.txt", ref: "total", object: total.output },
      { path: "part", ref: "parts.last", object: parts.out("last") },
    ]);
    expect(plan.kept).toEqual([
      { ref: "total", object: total.output },
      { ref: "parts.last", object: parts.out("last") },
    ]);
  });

  test("what is kept has the shortest reference that names it", () => {
    const { kept } = loadValue({
      rain: 1,
      objects: { a: "A" },
      tasks: { t: { run: ["x"], out: ["plain", { path: "p", label: "two words" }], keep: true } },
      save: { "a.txt": "a" },
    });
    expect(kept.map(({ ref }) => ref)).toEqual(["a", "t.plain", "t[1]"]);
  });

  test("counts", () => {
    expect(plan.counts).toEqual({ objects: 0, tasks: 4, outputs: 6, kept: 2, saved: 2 });
  });

  test("a chain may be long", () => {
    const tasks = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [
        `t${i}`,
        { type: "concat", inputs: i === 19_999 ? [] : [`t${i + 1}`] },
      ]),
    );
    expect(loadValue({ rain: 1, tasks }).tasks.length).toBe(20_000);
  });
});

describe("a task type of a plugin that is not installed here", () => {
  const file = (entry: string) => `rain: 1\nobjects: { a: x }\ntasks:\n  t: ${entry}\n`;

  test("is left to the workers, with what the file says of its outputs", () => {
    const config = { any: ["thing"] };
    const [plain] = load(file(`{ type: far/do, inputs: [a], config: ${JSON.stringify(config)} }`)).tasks;
    expect(plain).toMatchObject({ type: "far/do", config });
    expect(plain.outputs).toMatchObject([{ dataType: "blob", contentType: "" }]);
    const outputs = "[one, { label: two, dataType: dir }]";
    const [other] = load(file(`{ type: far/do, inputs: [a], outputs: ${outputs} }`)).tasks;
    expect(other.outputs).toMatchObject([
      { label: "one", dataType: "blob" },
      { label: "two", dataType: "dir" },
    ]);
  });

  test.each(["far", "far/do/it", "builtin/do"])("is not meant by %s", (type) => {
    expect(() => load(file(`{ type: ${type}, inputs: [a] }`))).toThrow(`unknown task type "${type}"`);
  });

  test("is named before anything is built, also where an expression makes it", () => {
    const text = `rain: 1\nparams: { p: { type: string, default: far } }\ntasks:\n  a: { type: "\${{ params.p }}/do" }\n  b: { run: [x] }\n`;
    const { taskTypes } = expandSessionFile({ text, name: "test.yml", baseDir: "." }, {});
    expect([...taskTypes]).toEqual(["far/do"]);
  });
});

describe("files", () => {
  test("the name is that of the file, unless it says another", () => {
    expect(load("rain: 1\ntasks: {}", "dir/hello.rain.yml").name).toBe("hello.rain");
    expect(load("rain: 1\nname: other\ntasks: {}").name).toBe("other");
  });

  test("names that objects of JavaScript have are names like others", () => {
    const { tasks } = load(
      "rain: 1\ntasks:\n  constructor: { run: date, stdout: true }\n  b: { type: concat, inputs: [constructor] }",
    );
    expect(tasks[1].inputs).toEqual([tasks[0].output]);
    expect(() => load("rain: 1\ntasks:\n  b: { type: concat, inputs: [toString] }")).toThrow(
      'there is no object or task "toString"',
    );
  });

  test("YAML with anchors, JSON, and JSON from anywhere are the same", () => {
    const yaml = load(
      "rain: 1\ntasks:\n  a: { run: &run [date], env: &env { TZ: UTC } }\n  b: { run: *run, env: *env }",
    );
    const json =
      '{"rain":1,"tasks":{"a":{"run":["date"],"env":{"TZ":"UTC"}},"b":{"run":["date"],"env":{"TZ":"UTC"}}}}';
    for (const plan of [
      load(json, "x.json"),
      load(`\n ${json}`, "stdin"),
      load(
        json.replaceAll(/"(\w+)":?/g, (key) => key.replace(":", ": ")),
        "x",
      ),
    ]) {
      expect(plan.tasks.map(({ config }) => config)).toEqual(yaml.tasks.map(({ config }) => config));
    }
  });

  test("an example of a path is read", () => {
    const path = join(fixtures, "../../../examples/hello/hello.yml");
    const plan = loadSessionFile(path, { registry });
    expect(plan.name).toBe("hello");
    expect(plan.kept.map(({ ref }) => ref)).toEqual(["greeting"]);
    expect(plan).toEqual({ ...load(readFileSync(path, "utf8"), path), tasks: plan.tasks, kept: plan.kept });
  });
});
