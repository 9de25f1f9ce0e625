import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, type Json, type Shell } from "./rain.ts";

let shell: Shell;
let count = 0;

beforeAll(async () => {
  shell = await createShell();
  await shell.start();
  await shell.write("data.txt", "data of the worker");
  await mkdir(join(shell.directory, "tree", "sub"), { recursive: true });
  await shell.write("tree/a.txt", "a");
  await shell.write("tree/sub/b.txt", "b");
});
afterAll(() => shell.dispose());

const OBJECTS = {
  hello: "Hello ",
  world: { text: "world!" },
  json: { value: { a: 1 }, encode: "json" },
  tree: { dir: "tree" },
  data: { file: "data.txt" },
};

/** Submits one task `t`, or several, whose outputs are kept. */
async function submit(task: Json, tasks: Record<string, Json> = {}) {
  const name = `case-${++count}.json`;
  const file = { rain: 1, objects: OBJECTS, tasks: { ...tasks, t: task } };
  await shell.write(name, JSON.stringify(file));
  const { code, value } = await shell.json("submit", name);
  return { code, value, error: value.error?.message as string | undefined };
}

/** The bytes of the output `ref` of a task that is expected to go well. */
async function result(task: Json, ref = "t", tasks: Record<string, Json> = {}): Promise<string> {
  const { code, value, error } = await submit({ keep: true, ...task }, tasks);
  expect({ code, error }).toEqual({ code: 0, error: undefined });
  return (await shell.rain("fetch", String(value.session), ref)).stdout;
}

const at = (path: string) => join(shell.directory, path);

describe("concat", () => {
  it("joins blobs in order", async () => {
    expect(await result({ type: "concat", inputs: ["hello", "world", "hello"] })).toBe("Hello world!Hello ");
    expect(await result({ type: "concat" })).toBe("");
  });

  it("fails with a directory", async () => {
    expect(await submit({ type: "concat", inputs: ["hello", "tree"] })).toMatchObject({
      code: expect.toBeOneOf([1, 2]),
      error: expect.stringContaining("directory"),
    });
  });
});

describe("sleep", () => {
  it("forwards its input after a while, whatever it is", async () => {
    expect(await result({ type: "sleep", inputs: ["hello"], config: 0.2 })).toBe("Hello ");
    const { code, value } = await submit({ type: "sleep", inputs: ["tree"], config: 0, keep: true });
    expect(code).toBe(0);
    expect(value.outputs.t.dataType).toBe("dir");
  });

  it.each([
    [{ inputs: ["hello"], config: -1 }, "config"],
    [{ inputs: ["hello"], config: "long" }, "config"],
    [{ inputs: ["hello"] }, "config"],
    [{ inputs: [], config: 1 }, "input"],
  ])("refuses %j before it runs", async (task, message) => {
    expect(await submit({ type: "sleep", ...task })).toMatchObject({
      code: 2,
      error: expect.stringContaining(message),
    });
  });
});

describe("open and open_dir", () => {
  it("copy a file or a directory of the worker's machine in", async () => {
    expect(await result({ type: "open", config: { path: at("data.txt") } })).toBe("data of the worker");
    const slice = { type: "slice_directory", inputs: ["d"], config: { path: "sub/b.txt" } };
    expect(await result(slice, "t", { d: { type: "open_dir", config: { path: at("tree") } } })).toBe("b");
  });

  it("refuse a relative path before they run", async () => {
    for (const type of ["open", "open_dir"]) {
      expect(await submit({ type, config: { path: "data.txt" } })).toMatchObject({
        code: 2,
        error: expect.stringContaining("absolute"),
      });
    }
  });

  it("name a file that does not exist or is of the other kind", async () => {
    expect((await submit({ type: "open", config: { path: at("none") } })).error).toContain("does not exist");
    expect((await submit({ type: "open", config: { path: at("tree") } })).error).toContain("is a directory");
    expect((await submit({ type: "open_dir", config: { path: at("data.txt") } })).error).toContain(
      "is not a directory",
    );
  });
});

describe("store, once export", () => {
  it("writes a blob or a directory where it is told", async () => {
    expect(
      await submit({ type: "store", inputs: ["hello"], config: { path: at("stored/x") } }),
    ).toMatchObject({ code: 0 });
    expect(readFileSync(at("stored/x"), "utf8")).toBe("Hello ");
    expect(await submit({ type: "export", inputs: ["tree"], config: { path: at("copy") } })).toMatchObject({
      code: 0,
    });
    expect(readFileSync(at("copy/sub/b.txt"), "utf8")).toBe("b");
  });

  it("refuses a relative path", async () => {
    expect(await submit({ type: "store", inputs: ["hello"], config: { path: "here" } })).toMatchObject({
      code: 2,
      error: expect.stringContaining("absolute"),
    });
    expect(existsSync(at("here"))).toBe(false);
  });
});

describe("make_directory and slice_directory", () => {
  it("put inputs at their paths and take them out again", async () => {
    const made = {
      d: { type: "make_directory", inputs: ["hello", "tree"], config: { paths: ["x/y/hello", "t"] } },
    };
    const slice = (path: string) => ({ type: "slice_directory", inputs: ["d"], config: { path } });
    expect(await result(slice("x/y/hello"), "t", made)).toBe("Hello ");
    const { value } = await submit({ ...slice("t/sub/"), outputs: [{ dataType: "dir" }], keep: true }, made);
    expect(await shell.rain("fetch", String(value.session), "t", "-o", "sliced")).toMatchObject({ code: 0 });
    expect(readdirSync(at("sliced"))).toEqual(["b.txt"]);
  });

  it.each([
    [["a", "a"], "twice"],
    [["a"], "one entry per input"],
    [["../a", "b"], ".."],
    [["/a", "b"], "a"],
  ])("refuse the paths %j", async (paths, message) => {
    const task = { type: "make_directory", inputs: ["hello", "world"], config: { paths } };
    expect(await submit(task)).toMatchObject({ code: 2, error: expect.stringContaining(message) });
  });

  it("name a path that the directory does not have", async () => {
    const task = { type: "slice_directory", inputs: ["tree"], config: { path: "sub/none" } };
    expect(await submit(task)).toMatchObject({
      code: 1,
      error: expect.stringContaining('"sub/none" does not exist'),
    });
  });
});

describe("run", () => {
  it("gives a program its input, files, environment, and takes what it prints and writes", async () => {
    expect(await result({ run: ["tr", "a-z", "A-Z"], stdin: "hello", stdout: true })).toBe("HELLO ");
    expect(
      await result({ run: ["cat", "in/a", "b"], files: { "in/a": "hello", b: "world" }, stdout: true }),
    ).toBe("Hello world!");
    expect(
      await result({
        run: ["sh", "-c", "echo x >> f"],
        files: { f: { object: "hello", write: true } },
        out: ["f"],
      }),
    ).toBe("Hello x\n");
    expect(await result({ run: ["sh", "-c", "echo oops >&2"], stderr: true })).toBe("oops\n");
    expect(await result({ run: ["sh", "-c", "echo $WHO"], env: { WHO: "me" }, stdout: true })).toBe("me\n");
    expect(
      await result({ run: ["sh", "-c", "mkdir d && echo 1 > d/x"], out: [{ path: "d", dataType: "dir" }] }),
    ).toContain("ustar");
  });

  it("passes $HOME on as it is, unless a shell is asked for", async () => {
    expect(await result({ run: "echo $HOME", stdout: true })).toBe("$HOME\n");
    expect(await result({ run: "echo $((1 + 1))", shell: true, stdout: true })).toBe("2\n");
  });

  it.each([
    [{ run: ["false"] }, "exited with code 1"],
    [{ run: ["sh", "-c", "echo the end >&2; exit 9"] }, "exited with code 9:\nthe end"],
    [{ run: ["sh", "-c", "kill -9 $$"] }, "was terminated by signal SIGKILL"],
    [{ run: ["no-such-program"] }, "no-such-program"],
    [{ run: ["true"], out: ["result.txt"] }, 'output "result.txt" is missing'],
    [{ run: ["mkdir", "d"], out: ["d"] }, "is a directory, but a blob is declared"],
  ])("fails for %j", async (task, message) => {
    expect(await submit(task)).toMatchObject({
      code: 1,
      error: expect.stringContaining(message),
      value: { state: "failed" },
    });
  });

  it("cannot change an input that is no copy", async () => {
    expect(
      await result({
        run: ["sh", "-c", "test -w f && [ $(id -u) != 0 ] && echo yes || echo no"],
        files: { f: "hello" },
        stdout: true,
      }),
    ).toBe("no\n");
  });
});
