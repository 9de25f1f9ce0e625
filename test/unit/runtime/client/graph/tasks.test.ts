import { describe, expect, it } from "vitest";
import { blob, directory, program, type Task, tasks } from "../../../../../src/runtime/client/index.ts";
import type { DataType } from "../../../../../src/runtime/protocol/messages/index.ts";

const shape = ({ type, config, inputs, outputs }: Task) => ({
  type,
  config,
  inputs,
  outputs: outputs.map(({ label, contentType, dataType, kept }) => ({ label, contentType, dataType, kept })),
});
const output = (fields = {}) => ({
  label: "",
  contentType: "",
  dataType: "blob" as DataType,
  kept: false,
  ...fields,
});

describe("a blob of a string", () => {
  it.each([
    [undefined, [0xc3, 0xa9]],
    ["csv", [0xc3, 0xa9]],
    ["text-latin1", [0xe9]],
  ])("is encoded as its content type says: %s", (contentType, bytes) => {
    expect(blob("é", { contentType }).source).toEqual({ kind: "bytes", bytes: Uint8Array.from(bytes) });
  });

  it("is rejected if its encoding lacks a character", () => {
    expect(() => blob("ж", { contentType: "text-latin1" })).toThrow('"ж" cannot be written in windows-1252');
  });
});

describe("the task factories", () => {
  const text = blob("text");
  const tree = directory("/data/site", { contentType: "user/site" });

  it.each<[string, Task, ReturnType<typeof shape>]>([
    [
      "concat",
      tasks.concat([text, tree], { contentType: "text", label: "all", keep: true }),
      {
        type: "builtin/concat",
        config: undefined,
        inputs: [text, tree],
        outputs: [output({ label: "all", contentType: "text", kept: true })],
      },
    ],
    [
      "sleep, which gives on what it gets",
      tasks.sleep(tree, 0.5),
      {
        type: "builtin/sleep",
        config: 0.5,
        inputs: [tree],
        outputs: [output({ dataType: "dir", contentType: "user/site" })],
      },
    ],
    [
      "open",
      tasks.open("/a"),
      { type: "builtin/open", config: { path: "/a" }, inputs: [], outputs: [output()] },
    ],
    [
      "openDir",
      tasks.openDir("/a"),
      {
        type: "builtin/open_dir",
        config: { path: "/a" },
        inputs: [],
        outputs: [output({ dataType: "dir" })],
      },
    ],
    [
      "store",
      tasks.store(text, "/a"),
      { type: "builtin/store", config: { path: "/a" }, inputs: [text], outputs: [] },
    ],
    [
      "makeDirectory",
      tasks.makeDirectory({ "a/b.txt": text, "": tree }),
      {
        type: "builtin/make_directory",
        config: { paths: ["a/b.txt", ""] },
        inputs: [text, tree],
        outputs: [output({ dataType: "dir" })],
      },
    ],
    [
      "sliceDirectory of a file",
      tasks.sliceDirectory(tree, "a.txt"),
      { type: "builtin/slice_directory", config: { path: "a.txt" }, inputs: [tree], outputs: [output()] },
    ],
    [
      "sliceDirectory of a directory",
      tasks.sliceDirectory(tree, "sub/"),
      {
        type: "builtin/slice_directory",
        config: { path: "sub/" },
        inputs: [tree],
        outputs: [output({ dataType: "dir" })],
      },
    ],
    [
      "any other type",
      tasks.task("images/resize", {
        inputs: { photo: text },
        config: { width: 200 },
        outputs: [{ label: "small" }],
      }),
      {
        type: "images/resize",
        config: { width: 200 },
        inputs: [text],
        outputs: [output({ label: "small" })],
      },
    ],
  ])("make a task: %s", (_name, task, expected) => {
    expect(shape(task)).toEqual(expected);
  });

  it("accept the common options", () => {
    const options = { name: "a/b", group: "g", key: "k", resources: { cpus: 2 }, user: { x: 1 } };
    for (const task of [
      tasks.concat([], options),
      tasks.store(text, "/a", options),
      tasks.run(["true"], options),
    ]) {
      expect(task.options).toEqual({ ...options, keep: undefined });
    }
  });

  it("accept a task with one output as this output, and no other task", () => {
    expect(tasks.concat([tasks.concat([])]).inputs).toHaveLength(1);
    expect(() => tasks.concat([tasks.run(["true"])])).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("run", () => {
  const [model, data] = [blob("model"), blob("data")];

  it("lists the paths of inputs and outputs in order", () => {
    const task = tasks.run(["svm-train", "data", "model"], {
      stdin: data,
      files: { "in/model": { object: model, write: true }, data },
      out: ["model.out", { path: "plots", label: "figures", dataType: "dir", contentType: "user/plots" }],
      stdout: true,
      stderr: { label: "log", contentType: "text" },
      env: { LANG: "C" },
    });
    expect(shape(task)).toEqual({
      type: "builtin/run",
      config: {
        args: ["svm-train", "data", "model"],
        env: { LANG: "C" },
        in_paths: [{ path: "+in" }, { path: "in/model", write: true }, { path: "data" }],
        out_paths: ["model.out", "plots", "+out", "+err"],
      },
      inputs: [data, model, data],
      outputs: [
        output({ label: "model.out" }),
        output({ label: "figures", dataType: "dir", contentType: "user/plots" }),
        output({ label: "stdout" }),
        output({ label: "log", contentType: "text" }),
      ],
    });
  });

  it("accepts a command line as one string only for a shell", () => {
    const task = tasks.run("echo $HOME | wc -c", { shell: true });
    expect(task.config).toEqual({ args: ["echo $HOME | wc -c"], shell: true, in_paths: [], out_paths: [] });
    expect(() => tasks.run("echo hello")).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it("becomes a template with program()", () => {
    const sort = program(["sort"], { stdout: { contentType: "text" }, group: "sorting" });
    const [one, other] = [sort({ stdin: data, name: "one" }), sort({ stdin: model })];
    expect(one.inputs).toEqual([data]);
    expect(one.options).toMatchObject({ name: "one", group: "sorting" });
    expect(other.inputs).toEqual([model]);
    expect(other.output.contentType).toBe("text");
  });
});
