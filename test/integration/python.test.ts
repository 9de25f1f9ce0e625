import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import python from "../../plugins/python/src/index.ts";
import {
  blob,
  directory,
  type OutputOptions,
  type Session,
  task,
  tasks,
} from "../../src/runtime/client/index.ts";
import type { ExternalTaskType } from "../../src/runtime/plugin/loading/package.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import { startCluster, temporaryDirectory } from "./cluster.ts";

const FOLDER = fileURLToPath(new URL("../../plugins/python", import.meta.url));
const hasPackage = (name: string) => spawnSync("python3", ["-c", `import ${name}`]).status === 0;

/** The plugin as a worker knows it that has it installed. */
const externals: ExternalTaskType[] = createRegistry([python])
  .describe()
  .map((info) => ({
    package: {
      name: "python",
      package: "rain-plugin-python",
      version: "1.0.0",
      hash: "",
      module: "",
      folder: FOLDER,
      executor: python.executor,
    },
    info,
  }));

const newSession = async (cpus = 1) => (await startCluster([cpus], { externals })).client.newSession();

/** A call of the function `f` of this script. Its one output is kept, unless others are asked for. */
function call(
  source: string,
  {
    inputs = {},
    outputs = [{}],
    ...more
  }: { inputs?: object; outputs?: OutputOptions[]; arguments?: object } = {},
) {
  const config = { function: "f", source, ...more };
  return task("python/call", { inputs: inputs as never, outputs, config, keep: true });
}

async function textOf(
  session: Session,
  source: string,
  options?: Parameters<typeof call>[1],
): Promise<string> {
  const called = call(source, options);
  await session.submit(called);
  return await called.output.fetch().text();
}

async function failureOf(session: Session, failing: ReturnType<typeof task>): Promise<string> {
  await session.submit(failing);
  const error = await failing.wait().then(
    () => undefined,
    (reason: Error) => reason,
  );
  return error?.message.replace(/^.*? failed on worker 1: /, "") ?? "it succeeded";
}

describe("python/call", () => {
  it("calls a function of a script that is an input", async () => {
    await using session = await newSession();
    const script = blob("def shout(words, mark='!'):\n    return words.upper() + mark\n");
    const loud = task("python/call", {
      inputs: { script, words: blob("hello") },
      outputs: [{ contentType: "text", keep: true }],
      config: { function: "shout", arguments: { mark: "?" } },
    });
    await session.submit(loud);
    expect(await loud.output.fetch().text()).toBe("HELLO?");
  });

  it("takes the first of inputs without labels for the script", async () => {
    await using session = await newSession();
    const script = blob("def f(*words):\n    return ' '.join(words)\n");
    const joined = task("python/call", {
      inputs: [script, blob("a"), blob("b")],
      outputs: [{ keep: true }],
      config: { function: "f" },
    });
    await session.submit(joined);
    expect(await joined.output.fetch().text()).toBe("a b");
  });

  it("calls one of a file of the worker, which finds the modules beside it", async () => {
    await using session = await newSession();
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "beside.py"), "ANSWER = 42\n");
    await writeFile(join(dir, "main.py"), "import beside\ndef f():\n    return beside.ANSWER\n");
    const answer = task("python/call", {
      outputs: [{ keep: true }],
      config: { function: "f", file: join(dir, "main.py") },
    });
    await session.submit(answer);
    expect(await answer.output.fetch().text()).toBe("42");
  });

  it("gives what objects hold in place of the objects among its arguments, at any depth", async () => {
    await using session = await newSession();
    const made = call("def f():\n    return {'n': 1}");
    const source = "def f(first, x, options, raw):\n    return [first, x, options, raw.bytes().decode()]";
    const script = blob(source);
    const arguments_ = {
      x: blob("text"),
      options: { list: [0, made, { deep: blob("[2]", { contentType: "json" }) }] },
      raw: blob(Buffer.from("bytes")),
    };
    const config = { function: "f", arguments: arguments_ };
    const outputs = [{ contentType: "json", keep: true }];
    const listed = task("python/call", { inputs: [script, blob("in")], config, outputs });
    const labelled = task("python/call", { inputs: { script, first: blob("in") }, config, outputs });
    await session.submit(listed, labelled);
    const expected = ["in", "text", { list: [0, { n: 1 }, { deep: [2] }] }, "bytes"];
    expect(await listed.output.fetch().load()).toEqual(expected);
    expect(await labelled.output.fetch().load()).toEqual(expected);
  });

  it("gives inputs by the names of parameters, the others in order, and the context as ctx", async () => {
    await using session = await newSession();
    const source = `
def f(a, ctx, b, *rest, c=0):
    ctx.debug("config", ctx.config["function"])
    ctx.user = {"inputs": len(ctx.inputs)}
    return [a, b, list(rest), c]
`;
    const ordered = call(source, { inputs: ["1", "2"].map((text) => blob(text)), arguments: { c: 3 } });
    await session.submit(ordered);
    expect(await ordered.output.fetch().load()).toEqual(["1", "2", [], 3]);
    await session.update([ordered]);
    expect(ordered.info).toMatchObject({ debug: "config f", user: { inputs: 2 } });
    expect(await textOf(session, source, { inputs: { b: blob("2"), a: blob("1") } })).toBe(
      '["1", "2", [], 0]',
    );
  });

  it.each([
    ["text", '"ä"', "'ä'"],
    ["text-latin1", '"ä"', "'ä'"],
    ["json", '{"n": [1, None, "ä"]}', "{'n': [1, None, 'ä']}"],
    [
      "cbor",
      '{"n": [1, -2.5, b"x", 2**70], "t": True}',
      "{'n': [1, -2.5, b'x', 1180591620717411303424], 't': True}",
    ],
    ["pickle", "{1, 2}", "{1, 2}"],
    ["user/anything", 'b"raw"', "<Input 'value', blob, 3 bytes>"],
  ])("dumps and loads %s", async (contentType, value, shown) => {
    await using session = await newSession();
    const made = call(`def f():\n    return ${value}`, { outputs: [{ contentType }] });
    const read = call("def f(value):\n    return repr(value)", { inputs: { value: made } });
    await session.submit(read);
    expect(await read.output.fetch().text()).toBe(shown);
  });

  it.each([
    ["'a'", "text", "a"],
    ["[1, 2]", "json", "[1, 2]"],
    ["None", "json", "null"],
    ["b'ab'", "", "ab"],
  ])("gives %s without a declaration as %j", async (value, contentType, content) => {
    await using session = await newSession();
    const made = call(`def f():\n    return ${value}`);
    await session.submit(made);
    const { bytes, info } = await made.output.fetch();
    expect(new TextDecoder().decode(bytes)).toBe(content);
    expect(info.contentType).toBe(contentType);
  });

  it("takes and gives files and directories by path, and forwards inputs as they are", async () => {
    await using session = await newSession();
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "a.txt"), "a");
    const source = `
import os, pathlib
def f(tree, large):
    assert os.path.getsize(large.path) == large.size == 300000
    pathlib.Path("sub").mkdir()
    pathlib.Path("sub/b.txt").write_text((pathlib.Path(tree.path) / "a.txt").read_text() + "b")
    pathlib.Path("file").write_bytes(bytes(200000))
    return pathlib.Path("sub"), pathlib.Path("file"), large, "x" * 200000
`;
    const made = call(source, {
      inputs: { tree: directory(dir), large: blob(new Uint8Array(300_000)) },
      outputs: [{ dataType: "dir" }, {}, {}, {}],
    });
    const part = tasks.sliceDirectory(made.outputs[0]!, "b.txt", { keep: true });
    await session.submit(part);
    expect(await part.output.fetch().text()).toBe("ab");
    const sizes = await Promise.all(
      made.outputs.slice(1).map(async (one) => (await one.fetch().bytes()).length),
    );
    expect(sizes).toEqual([200_000, 300_000, 200_000]);
  });

  it("runs the code of a script once in a process, in an empty directory for every call", async () => {
    await using session = await newSession();
    const script = blob(`
import os
count = 0
def f():
    global count
    count += 1
    listing = os.listdir()
    open("left", "w").close()
    return [count, listing]
`);
    const calls = Array.from({ length: 3 }, () =>
      task("python/call", { inputs: { script }, outputs: [{ keep: true }], config: { function: "f" } }),
    );
    await session.submit(calls);
    const results = await Promise.all(calls.map((one) => one.output.fetch().load()));
    expect(results.sort()).toEqual([
      [1, []],
      [2, []],
      [3, []],
    ]);
  });

  it("shows what a call prints as its own", async () => {
    const { client } = await startCluster([1], { externals });
    await using session = await client.newSession();
    const source =
      "import sys\ndef f(word):\n    print(word)\n    print('oh', file=sys.stderr)\n    return 1";
    await session.submit([call(source, { inputs: { word: blob("hi") } }), call("def f():\n    return 2")]);
    await session.waitAll();
    const printed: unknown[] = [];
    for await (const { event, stdout, stderr } of client.logs({ session: session.id })) {
      if (event === "finished") printed.push([stdout, stderr]);
    }
    expect(printed).toContainEqual(["hi\n", "oh\n"]);
    expect(printed).toContainEqual([undefined, undefined]);
  });
});

describe("a python/call that fails", () => {
  it("tells the exception, and the traceback through the user's code", async () => {
    await using session = await newSession();
    const script = blob(
      "def mean(values):\n    return sum(values) / len(values)\n\ndef f(values):\n    return mean(values)\n",
    );
    const failing = task("python/call", {
      inputs: { script, values: blob("[]", { contentType: "json" }) },
      outputs: [{}],
      config: { function: "f" },
    });
    const shown = (await failureOf(session, failing)).replace(/^ *[~^]+\n/gm, "");
    expect(shown).toBe(`ZeroDivisionError: division by zero
Traceback (most recent call last):
  File "script.py", line 5, in f
    return mean(values)
  File "script.py", line 2, in mean
    return sum(values) / len(values)
ZeroDivisionError: division by zero`);
  });

  it.each([
    ["def f(:", 'SyntaxError: invalid syntax\n  File "source.py", line 1\n    def f(:\n'],
    ["def g():\n    pass\ndef h():\n    pass", "the script has no function 'f'; it has g, h"],
    ["import sys\ndef f():\n    sys.exit(3)", "SystemExit: 3\n"],
    ["def f():\n    return f()", "RecursionError: maximum recursion depth exceeded"],
    ["def f(x):\n    return 1", "TypeError: f() missing 1 required positional argument: 'x'"],
    [
      "def f():\n    return object()",
      "TypeError: output 0: a value of type object was returned; declare a content type",
    ],
    [
      "import pathlib\ndef f():\n    return pathlib.Path('/etc/hostname')",
      "output 0 lies outside of the executor's directory",
    ],
    ["import pathlib\ndef f():\n    return pathlib.Path('no.txt')", "output 0 is missing: there is no "],
    [
      "import os\ndef f():\n    print('bye', flush=True)\n    os._exit(7)",
      "executor python (pid N) exited with code 7 while it ran this task:\nbye",
    ],
  ])("is told plainly: %j", async (source, message) => {
    const { client } = await startCluster([1], { externals });
    await using session = await client.newSession();
    const shown = await failureOf(session, call(source));
    expect(shown.replace(/pid \d+/, "pid N")).toContain(message);
    await using next = await client.newSession();
    expect(await textOf(next, "def f():\n    return 'alive'")).toBe("alive");
  });

  it.each<[string, Parameters<typeof call>[1], string]>([
    [
      "two outputs of one value",
      { outputs: [{ label: "a" }, { label: "b" }] },
      "TypeError: the task has 2 outputs: a tuple of 2 is expected, or a dict of a, b",
    ],
    [
      "text that is not text",
      { outputs: [{ contentType: "text" }] },
      "TypeError: output 0: a value of type int is not text; str is expected",
    ],
    [
      "a value for a directory",
      { outputs: [{ dataType: "dir" }] },
      "TypeError: output 0 is a directory; a pathlib.Path is expected",
    ],
    [
      "an input that is not what it says",
      { inputs: [blob("{", { contentType: "json" })] },
      "ValueError: <Input, blob, 1 bytes> is not of the content type 'json'",
    ],
  ])("because of %s", async (_, options, message) => {
    await using session = await newSession();
    expect(await failureOf(session, call("def f(*inputs):\n    return 1", options))).toContain(message);
  });

  it.each([
    [{}, "function"],
    [
      { function: "f" },
      'the task needs exactly one script: an input labeled "script", the first of a list of inputs, or "source" or "file" in the config; it has none',
    ],
    [
      { function: "f", file: "x.py" },
      "config.file: 'x.py' is a relative path; use an absolute path on the worker",
    ],
    [{ function: "f", file: "/nowhere/x.py" }, "config.file: the script cannot be read: "],
    [{ function: "f", source: "", file: "/x.py" }, "it has source and file"],
    [{ function: "f", sauce: "" }, "config: unknown key 'sauce'"],
    [{ function: "f", source: "", places: [["x"]] }, "config.places: there are 1 places for 0 inputs"],
  ])("because of its config %j", async (config, message) => {
    await using session = await newSession();
    expect(await failureOf(session, task("python/call", { outputs: [{}], config }))).toContain(message);
  });
});

// numpy is Debian's python3-numpy; without it there is nothing to run.
describe.runIf(hasPackage("numpy"))("arrays of numpy", () => {
  it("travel as user/npy, large ones without being read", async () => {
    await using session = await newSession();
    const made = call("import numpy\ndef f():\n    return numpy.arange(100_000, dtype=float)");
    const total = call(
      "def f(values):\n    return [type(values).__name__, str(values.dtype), float(values.sum())]",
      {
        inputs: { values: made },
      },
    );
    await session.submit(total);
    expect((await made.output.fetch()).info.contentType).toBe("user/npy");
    expect(await total.output.fetch().load()).toEqual(["memmap", "float64", 4999950000]);
  });
});

describe("what was submitted with a task", () => {
  const SOURCE = `
import rain_tasks
def f(ctx, x):
    ctx.user["seen"] = ctx.inputs[0].user
    return rain_tasks.Output(ctx.user, "json", user={"rows": 1}, debug="one row")`;

  it("is `ctx.user` and `user` of inputs, and results have their own", async () => {
    await using session = await newSession();
    const called = task("python/call", {
      inputs: { x: blob("x", { user: { from: "client" } }) },
      outputs: [{ keep: true }],
      config: { function: "f", source: SOURCE },
      user: { mail: "a@b.cz" },
    });
    await session.submit(called);
    const seen = { mail: "a@b.cz", seen: { from: "client" } };
    expect(await called.output.fetch().load()).toEqual(seen);
    await called.update();
    expect(called.info).toMatchObject({
      user: seen,
      outputs: [{ user: { rows: 1 }, debug: "one row", size: JSON.stringify(seen).length + 4 }],
    });
  });

  it("stays when the function does not change it, for any JSON value", async () => {
    await using session = await newSession();
    const called = task("python/call", {
      outputs: [{ keep: true }],
      config: { function: "f", source: "def f(ctx): return ctx.user" },
      user: ["any", 1, null],
    });
    await session.submit(called);
    expect(await called.output.fetch().load()).toEqual(["any", 1, null]);
    await called.update();
    expect(called.info?.user).toEqual(["any", 1, null]);
  });

  it("is joined by its debug lines in the error of a task", async () => {
    const { client } = await startCluster([1], { externals });
    await using session = await client.newSession({ onFailure: "continue" });
    const failing = call(
      "def f(ctx):\n    ctx.debug('a')\n    ctx.debug('b')\n    raise ValueError('no luck')",
    );
    await session.submit(failing);
    await expect(failing.wait()).rejects.toMatchObject({ details: { debug: "a\nb" } });
    await failing.output.update();
    expect(failing.output.info?.error).toMatchObject({
      code: "TASK_FAILED",
      details: { debug: "a\nb" },
    });
  });
});

describe("a script of one's own", () => {
  const SCRIPT = `
import rain_tasks

@rain_tasks.task
def double(number, *, times=1):
    return number * 2 ** times

@rain_tasks.task(name="split")
def _split(ctx, text):
    head, _, tail = text.partition(",")
    return {"head": head, "tail": rain_tasks.Output(tail, "text")}

if __name__ == "__main__":
    rain_tasks.run("mine")
`;

  it("serves its functions as task types", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "mine.py"), SCRIPT);
    const mine = {
      command: "python3",
      args: [join(dir, "mine.py")],
      env: { PYTHONPATH: join(FOLDER, "python") },
    };
    const { client } = await startCluster([1], { executors: { commands: { mine } } });
    await using session = await client.newSession();
    const number = blob("3", { contentType: "json" });
    const six = task("mine/double", { inputs: [number], outputs: [{ keep: true }] });
    const twelve = task("mine/double", { inputs: [number], outputs: [{ keep: true }], config: { times: 2 } });
    const split = task("mine/split", {
      inputs: { text: blob("a,b") },
      outputs: [{ label: "head" }, { label: "tail" }],
      keep: true,
    });
    await session.submit([six, twelve, split]);
    expect(await six.output.fetch().load()).toBe(6);
    expect(await twelve.output.fetch().load()).toBe(12);
    expect(await Promise.all(split.outputs.map((one) => one.fetch().text()))).toEqual(["a", "b"]);
    const unknown = task("mine/halve", { outputs: [{}] });
    expect(await failureOf(session, unknown)).toBe(
      "the executor mine has no task type 'halve'; it has double, split",
    );
  });

  it("says how it is registered when it is run by hand", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "mine.py"), SCRIPT);
    const env = { ...process.env, PYTHONPATH: join(FOLDER, "python") };
    const { status, stderr } = spawnSync("python3", [join(dir, "mine.py")], { env, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain(`executors: { mine: { command: python3, args: [${join(dir, "mine.py")}] } }`);
  });
});

describe("the CBOR of the executor", () => {
  const codec = (code: string) =>
    spawnSync("python3", ["-c", `from rain_tasks import cbor\n${code}`], {
      env: { ...process.env, PYTHONPATH: join(FOLDER, "python") },
      encoding: "utf8",
    });

  it("writes and reads the examples of RFC 8949", () => {
    const { stdout, stderr } = codec(`
import math
for value, data in [
    (0, "00"), (23, "17"), (24, "1818"), (1000, "1903e8"), (1000000, "1a000f4240"), (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"), (18446744073709551616, "c249010000000000000000"),
    (-18446744073709551616, "3bffffffffffffffff"), (-18446744073709551617, "c349010000000000000000"),
    (-1, "20"), (-1000, "3903e7"), (1.1, "fb3ff199999999999a"), (False, "f4"), (True, "f5"), (None, "f6"),
    (b"\\x01\\x02", "420102"), ("", "60"), ("\\u00fc", "62c3bc"), ([1, [2, 3]], "8201820203"), ({"a": 1}, "a1616101"),
]:
    assert cbor.dumps(value).hex() == data, (value, cbor.dumps(value).hex())
    assert cbor.loads(bytes.fromhex(data)) == value, data
for data, value in [
    ("f90000", 0.0), ("f93c00", 1.0), ("fa47c35000", 100000.0), ("f97c00", math.inf), ("f7", None),
    ("5f42010243030405ff", b"\\1\\2\\3\\4\\5"), ("7f657374726561646d696e67ff", "streaming"), ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
    ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}), ("c11a514b67b0", 1363896240),
]:
    assert cbor.loads(bytes.fromhex(data)) == value, data
`);
    expect(stdout + stderr).toBe("");
  });

  it("refuses what is no CBOR item", () => {
    const { stdout, stderr } = codec(`
for data in ["", "18", "42ff", "8201", "a101", "0000", "ff", "1c", "f8", "62ff"]:
    try:
        print(data, cbor.loads(bytes.fromhex(data)))
    except ValueError:
        pass
`);
    expect(stdout + stderr).toBe("");
  });
});
