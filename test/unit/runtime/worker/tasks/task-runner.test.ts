import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Slots, TaskError, type TaskType } from "../../../../../src/runtime/plugin/contract/index.ts";
import { createRegistry } from "../../../../../src/runtime/plugin/registry.ts";
import { encode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import type {
  FinishedExtra,
  ObjectSpec,
  WorkerToServer,
} from "../../../../../src/runtime/protocol/messages/index.ts";
import { Reporter } from "../../../../../src/runtime/worker/reporting/reporter.ts";
import { AssignedTask, PreparedKind } from "../../../../../src/runtime/worker/tasks/assigned-task.ts";
import { TaskDirs } from "../../../../../src/runtime/worker/tasks/task-dirs.ts";
import { TaskRunner } from "../../../../../src/runtime/worker/tasks/task-runner.ts";
import { bytesOf, eventually, newStore, silent } from "../support.ts";

const SESSION = 4;
const WORKER = 2;
const FIRST_OUTPUT = 100;

/** As many objects of whatever kind as there are. */
const ANY: Slots = { rest: { dataType: "any" } };

type Run = TaskType["run"];
type Report<Kind extends WorkerToServer[0]> = Extract<WorkerToServer, [Kind, unknown]>[1];

/** A runner, and what it reports. Inputs are the objects 0, 1, … of the store. */
async function newRunner() {
  const { store, scratch } = await newStore();
  const sent: WorkerToServer[] = [];
  const reporter = new Reporter((message) => sent.push(message));
  const ended: number[] = [];
  const runner = new TaskRunner({
    store,
    reporter,
    slot: () => WORKER,
    dirs: new TaskDirs(scratch),
    log: silent,
    lookup: createRegistry([]).contentType,
    onEnd: (task) => ended.push(task.id),
    onSpoiled: (task) => ended.push(task.id),
  });
  onTestFinished(async () => {
    await runner.close();
    reporter.close();
  });

  let nextId = 0;
  function start(run: Run, options: StartOptions = {}): number {
    const { outputs = [{ dataType: "blob" }], inputs = [], inputLabels, name = "", schema, config } = options;
    const { timeout, slots = { inputs: ANY, outputs: ANY } } = options;
    const type: TaskType = { name: "fake", summary: "", ...slots, run, ...(schema && { config: schema }) };
    const id = nextId++;
    const kind = { type: "test/fake", resources: { cpus: 1 }, outputs, inputLabels, group: 0, timeout };
    runner.start(
      new AssignedTask({
        session: SESSION,
        id,
        kind: new PreparedKind(kind, options.missingType ? undefined : type),
        config: config === undefined ? undefined : encode(config),
        name,
        firstOutput: FIRST_OUTPUT,
        inputs,
      }),
    );
    return id;
  }

  function reports<Kind extends WorkerToServer[0]>(kind: Kind): Report<Kind>[] {
    reporter.flush();
    return sent.filter((message) => message[0] === kind).map((message) => message[1] as Report<Kind>);
  }

  /** Runs a task to its end, and answers how it was reported. */
  async function outcome(run: Run, options?: StartOptions): Promise<Outcome> {
    const id = start(run, options);
    await eventually(() => ended.includes(id), "the task has ended");
    const failed = reports("failed").find(({ task }) => task === id);
    if (failed) return { failed, extra: failed.extra };
    const finished = reports("finished").find(({ tasks }) => tasks.includes(id));
    return { finished, extra: finished?.extras.find(({ task }) => task === id) };
  }

  const output = async (index = 0) => {
    const content = store.get(SESSION, FIRST_OUTPUT + index)?.content;
    if (!content) return undefined;
    return Buffer.from(content.bytes ?? (await readFile(await store.pathOf(content)))).toString();
  };
  return { store, scratch, runner, reporter, sent, ended, start, outcome, output, reports };
}

interface StartOptions {
  outputs?: ObjectSpec[];
  inputs?: number[];
  /** What the task type declares. Default: anything. */
  slots?: { inputs: Slots; outputs: Slots };
  inputLabels?: string[];
  name?: string;
  schema?: TaskType["config"];
  config?: unknown;
  missingType?: boolean;
  timeout?: number;
}

interface Outcome {
  finished?: Report<"finished"> | undefined;
  failed?: Report<"failed">;
  extra?: FinishedExtra | undefined;
}

const BLOB: ObjectSpec = { dataType: "blob" };

afterEach(() => {
  vi.useRealTimers();
});

describe("a task that returns plainly", () => {
  test("is over when start returns, and its outputs are in the store", async () => {
    const { start, store, ended, reports } = await newRunner();
    start(() => [bytesOf("one"), bytesOf("three")], { outputs: [BLOB, { ...BLOB, contentType: "text" }] });
    expect(ended).toEqual([0]);
    expect(store.get(SESSION, FIRST_OUTPUT + 1)).toMatchObject({ contentType: "text", content: { size: 5 } });
    expect(reports("finished")).toMatchObject([
      { session: SESSION, tasks: Uint32Array.of(0), sizes: Float64Array.of(3, 5), extras: [] },
    ]);
  });

  test("sees its inputs, with their labels and bytes", async () => {
    const { outcome, store, output } = await newRunner();
    store.put(SESSION, 0, bytesOf("Hello "), "text");
    store.put(SESSION, 1, bytesOf("world"), "");
    await outcome(
      ({ inputs }) => {
        const seen = inputs.map(({ label, contentType, dataType, size, memory }) => {
          return `${label}|${contentType}|${dataType}|${size}|${Buffer.from(memory ?? []).toString()}`;
        });
        return [bytesOf(seen.join(" + "))];
      },
      { inputs: [0, 1, 0], inputLabels: ["left", "right", "again"] },
    );
    expect(await output()).toBe("left|text|blob|6|Hello  + right||blob|5|world + again|text|blob|6|Hello ");
  });

  test("may give an input as its output, which keeps its content type", async () => {
    const { outcome, store, output } = await newRunner();
    store.put(SESSION, 0, bytesOf("hello"), "text");
    const { finished, extra } = await outcome(({ inputs }) => [inputs[0]], { inputs: [0] });
    expect(finished?.sizes).toEqual(Float64Array.of(5));
    expect(extra?.contentTypes).toEqual([[FIRST_OUTPUT, "text"]]);
    store.drop(SESSION, 0);
    expect(await output()).toBe("hello");
  });

  test("that throws has failed: the message, the details, and where it was", async () => {
    const { outcome } = await newRunner();
    const { failed } = await outcome(
      () => {
        throw new TaskError("no such column", { column: "x" });
      },
      { name: "report" },
    );
    expect(failed?.error).toMatchObject({
      code: "TASK_FAILED",
      message: "no such column",
      details: { column: "x", task: 0, name: "report", type: "test/fake", worker: WORKER },
    });
  });

  test("what was finished before a failure is reported before it", async () => {
    const { start, sent } = await newRunner();
    start(() => [bytesOf("")]);
    start(() => {
      throw new Error("no");
    });
    expect(sent.map(([kind]) => kind)).toEqual(["finished", "failed"]);
  });
});

describe("a task that answers a promise", () => {
  test("ends when the promise does", async () => {
    const { start, outcome, output, ended } = await newRunner();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    start(() => gate.then(() => []), { outputs: [] });
    expect(ended).toEqual([]);
    release();
    await eventually(() => ended.length === 1, "it has ended");
    await outcome(async () => [bytesOf("later")]);
    expect(await output()).toBe("later");
  });

  test("reads its inputs as bytes, text, stream and file, also when they are dropped meanwhile", async () => {
    const { start, ended, store, output } = await newRunner();
    store.put(SESSION, 0, bytesOf("hello"), "");
    start(
      async ({ inputs: [input] }) => {
        await sleep(20);
        const parts = [Buffer.from(await input.bytes()).toString(), await input.text()];
        for await (const chunk of input.stream()) parts.push(String(chunk));
        parts.push(await readFile(await input.path(), "utf8"));
        return [bytesOf(parts.join())];
      },
      { inputs: [0] },
    );
    store.drop(SESSION, 0);
    await eventually(() => ended.length === 1, "it has ended");
    expect(await output()).toBe("hello,hello,hello,hello");
    expect(store.memoryBytes + store.fileBytes, "the input is gone afterwards").toBe(23);
  });

  test("reports what it told of itself", async () => {
    const { outcome } = await newRunner();
    const { extra } = await outcome(async (ctx) => {
      ctx.debug("one");
      ctx.debug("two");
      ctx.info.user = { rows: 3 };
      ctx.printed({ stdout: "out", stderr: "" });
      return [bytesOf("")];
    });
    expect(extra).toEqual({ task: 0, debug: "one\ntwo", user: { rows: 3 }, stdoutTail: "out" });
  });

  test("what it told is kept when it fails, and what is no JSON does no harm", async () => {
    const { outcome } = await newRunner();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const { failed } = await outcome(async (ctx) => {
      ctx.debug("so far so good");
      ctx.info.user = cycle;
      throw new TaskError("no", { cycle });
    });
    expect(failed?.extra).toEqual({ task: 0, debug: "so far so good" });
    expect(failed?.error.message).toBe("no");
  });

  test("has a directory of its own, which is gone afterwards, as is that of one that fails", async () => {
    const { outcome, runner, scratch } = await newRunner();
    const seen = new Set<string>();
    for (const fails of [false, true]) {
      await outcome(async (ctx) => {
        seen.add(await ctx.dir());
        expect(await readdir(await ctx.dir())).toEqual([]);
        await writeFile(join(await ctx.dir(), "file"), "");
        if (fails) throw new Error("no");
        return [bytesOf("")];
      });
    }
    expect(seen.size).toBe(2);
    await runner.close();
    expect(await readdir(scratch)).toEqual([]);
  });
});

describe("outputs in files", () => {
  test("are moved into the store", async () => {
    const { outcome, output, store } = await newRunner();
    const { finished, extra } = await outcome(
      async (ctx) => {
        const dir = await ctx.dir();
        await writeFile(join(dir, "file"), "hello");
        await mkdir(join(dir, "tree"));
        await writeFile(join(dir, "tree", "a"), "12");
        return [{ path: join(dir, "file"), contentType: "text-utf8" }, { path: "tree" }, bytesOf("bytes")];
      },
      { outputs: [{ dataType: "blob", contentType: "text" }, { dataType: "dir" }, BLOB] },
    );
    expect(finished?.sizes).toEqual(Float64Array.of(5, 2, 5));
    expect(extra?.contentTypes).toEqual([[FIRST_OUTPUT, "text-utf8"]]);
    expect([await output(0), await output(2)]).toEqual(["hello", "bytes"]);
    expect(store.get(SESSION, FIRST_OUTPUT + 1)?.content.dataType).toBe("dir");
  });

  test("the whole directory of the task may be the output", async () => {
    const { outcome, store } = await newRunner();
    const { failed } = await outcome(async (ctx) => [{ path: await ctx.dir() }], {
      outputs: [{ dataType: "dir" }],
    });
    expect(failed).toBeUndefined();
    expect(await readdir(store.get(SESSION, FIRST_OUTPUT)?.content.path ?? "")).toEqual([]);
  });

  test.each<[what: string, run: Run, message: RegExp]>([
    [
      "a missing file",
      async () => [{ path: "nothing" }],
      /output 0 \(result\) is missing: there is no nothing/,
    ],
    [
      "a file outside",
      async (ctx) => [{ path: join(await ctx.dir(), "..", "outside") }],
      /output 0 \(result\) lies outside of the task's directory/,
    ],
    [
      "a path up and out",
      async () => [{ path: "../outside" }],
      /lies outside of the task's directory: ..\/outside/,
    ],
    [
      "a link that leads out",
      async (ctx) => {
        await symlink("../outside", join(await ctx.dir(), "link"));
        return [{ path: "link" }];
      },
      /output 0 \(result\) lies outside of the task's directory: link/,
    ],
    [
      "a directory in place of a blob",
      async (ctx) => {
        await mkdir(join(await ctx.dir(), "tree"));
        return [{ path: "tree" }];
      },
      /output 0 \(result\) is a directory at tree, but a blob was declared/,
    ],
  ])("%s fails the task", async (_, run, message) => {
    const { outcome, output, runner, scratch } = await newRunner();
    await writeFile(join(scratch, "outside"), "not an output");
    const { failed } = await outcome(run, { outputs: [{ ...BLOB, label: "result" }] });
    expect(failed?.error).toMatchObject({ code: "TASK_FAILED", message: expect.stringMatching(message) });
    expect(await output()).toBeUndefined();
    await runner.close();
    const left = await readdir(scratch, { recursive: true });
    // An empty directory may be kept for the next task.
    expect(left.filter((name) => name !== "0")).toEqual(["outside"]);
  });
});

describe("what a task gives is checked against what it declares", () => {
  const text: ObjectSpec = { dataType: "blob", contentType: "text", label: "report" };

  test.each<[what: string, run: Run, outputs: ObjectSpec[], message: string]>([
    ["too few outputs", () => [], [BLOB], "it gave 0 outputs, but 1 are declared"],
    ["too many outputs", () => [bytesOf(""), bytesOf("")], [BLOB], "it gave 2 outputs, but 1 are declared"],
    [
      "no list",
      (() => undefined) as unknown as Run,
      [BLOB],
      "the task type returned neither a list of outputs nor an object of outputs by label",
    ],
    [
      "something else",
      (() => ["text"]) as unknown as Run,
      [BLOB],
      "output 0 is neither bytes, nor an input, nor a path",
    ],
    [
      "bytes for a directory",
      () => [bytesOf("")],
      [{ dataType: "dir" }],
      "output 0 is a blob, but a directory was declared",
    ],
    [
      "another content type",
      ({ inputs }) => [inputs[0]],
      [text],
      'output 0 (report) has the content type "json", but "text" was declared',
    ],
  ])("%s", async (_, run, outputs, message) => {
    const { outcome, store } = await newRunner();
    store.put(SESSION, 0, bytesOf("{}"), "json");
    const { failed } = await outcome(run, { outputs, inputs: [0] });
    expect(failed?.error.message).toBe(message);
  });

  test("nothing is stored when one of several outputs is wrong", async () => {
    const { outcome, output } = await newRunner();
    await outcome(async () => [bytesOf("fine"), { path: "nothing" }], { outputs: [BLOB, BLOB] });
    expect(await output(0)).toBeUndefined();
  });

  test("an input without a content type takes the declared one", async () => {
    const { outcome, store } = await newRunner();
    store.put(SESSION, 0, bytesOf("hello"), "");
    await outcome(({ inputs }) => [inputs[0]], { outputs: [text], inputs: [0] });
    expect(store.get(SESSION, FIRST_OUTPUT)?.contentType).toBe("text");
  });
});

describe("content types at run time", () => {
  const slots = {
    inputs: { fixed: [{ label: "table", contentType: "json" }, { contentType: "text" }] },
    outputs: { fixed: [{ label: "rows", contentType: "csv" }] },
  };
  const fits = { slots, inputs: [0, 1], outputs: [BLOB] };

  /** Runs a task on objects of these content types. */
  async function run(contentTypes: [first: string, second: string], code: Run, options: StartOptions = fits) {
    const { outcome, store, output } = await newRunner();
    store.put(SESSION, 0, bytesOf("[1]"), contentTypes[0]);
    store.put(SESSION, 1, Uint8Array.of(0xe4), contentTypes[1]);
    const { failed, extra } = await outcome(code, options);
    return {
      message: failed?.error.message,
      refined: extra?.contentTypes,
      stored: store.get(SESSION, FIRST_OUTPUT)?.contentType,
      output: await output(),
    };
  }

  test.each<[[string, string], string]>([
    [["csv", "text"], 'test/fake: inputs[0] ("table"): expected the content type "json", but this is "csv"'],
    [
      ["json", "mime/text"],
      'test/fake: inputs[1] ("note"): expected the content type "text", but this is "mime/text"',
    ],
  ])("an input of another type fails the task before it runs: %j", async (types, message) => {
    let ran = false;
    const code = () => {
      ran = true;
      return [];
    };
    const options = { ...fits, inputLabels: ["", "note"] };
    expect(await run(types, code, options)).toMatchObject({ message });
    expect(ran).toBe(false);
  });

  test("a type that might have become the right one is not, at run time", async () => {
    const narrow = { ...slots, inputs: { fixed: [{}, { contentType: "text-latin1" }] } };
    expect(await run(["", "text"], () => [], { ...fits, slots: narrow })).toMatchObject({
      message: 'test/fake: inputs[1]: expected the content type "text-latin1", but this is "text"',
    });
  });

  test("inputs are loaded by their type, and one without a type by what its place declares", async () => {
    const load: Run = async ({ inputs }) => [
      { value: [{ table: String(await inputs[0].load()), text: String(await inputs[1].load()) }] },
    ];
    const loaded = { message: undefined, output: "table,text\n1,ä\n" };
    expect(await run(["json", "text-latin1"], load)).toMatchObject(loaded);
    expect(await run(["", "text-latin1"], load)).toMatchObject(loaded);
  });

  test("text is read by its encoding", async () => {
    const text: Run = async ({ inputs }) => [bytesOf(await inputs[1].text())];
    expect(await run(["", "text-latin1"], text)).toMatchObject({ output: "ä" });
    expect(await run(["", ""], text)).toMatchObject({ message: "the bytes are not valid utf-8" });
  });

  test("bytes that are not of their type fail the task that loads them", async () => {
    const load: Run = async ({ inputs }) => [{ value: await inputs[1].load() }];
    expect(await run(["", "text"], load)).toMatchObject({
      message: "an input is not valid text: the bytes are not valid utf-8",
    });
  });

  test.each<[what: string, given: ReturnType<Run>]>([
    ["bytes", [bytesOf("a\n1\n")]],
    ["bytes by label", { rows: bytesOf("a\n1\n") }],
    ["a value", [{ value: [{ a: 1 }] }]],
    ["bytes with the type", [{ bytes: bytesOf("a\n1\n"), contentType: "csv" }]],
  ])("an output is refined to what its place declares, and the server is told: %s", async (_, given) => {
    expect(await run(["json", "text"], () => given)).toMatchObject({
      stored: "csv",
      refined: [[FIRST_OUTPUT, "csv"]],
      output: "a\n1\n",
    });
  });

  test("an output has the declared type where that says more", async () => {
    const outputs = [{ ...BLOB, contentType: "csv/people" }];
    const result = await run(["", ""], () => [bytesOf("")], { ...fits, outputs });
    expect(result).toMatchObject({ message: undefined, stored: "csv/people", refined: undefined });
  });

  test("an output of another type than its place declares is an error", async () => {
    expect(await run(["", ""], () => [{ bytes: bytesOf(""), contentType: "json" }])).toMatchObject({
      message: 'output 0 has the content type "json", but its task type declares "csv"',
      stored: undefined,
    });
  });
});

describe("config", () => {
  const schema = v.object({ seconds: v.pipe(v.number(), v.minValue(0)) });

  test("is decoded and comes as the schema answers it", async () => {
    const { outcome } = await newRunner();
    let seen: unknown;
    const run: Run = (ctx) => {
      seen = ctx.config;
      return [bytesOf("")];
    };
    await outcome(run, {
      schema: v.pipe(
        schema,
        v.transform(({ seconds }) => seconds * 2),
      ),
      config: { seconds: 2 },
    });
    expect(seen).toBe(4);
    await outcome(run, { schema: v.optional(schema) });
    expect(seen).toBeUndefined();
  });

  test("that is not valid fails the task, and the message says where", async () => {
    const { outcome } = await newRunner();
    const { failed } = await outcome(() => [], { schema, config: { seconds: -1 } });
    expect(failed?.error.message).toMatch(/config\.seconds: .*-1/);
  });
});

describe("what cannot start", () => {
  test("a task whose input is gone", async () => {
    const { outcome } = await newRunner();
    const { failed } = await outcome(() => [], { inputs: [9] });
    expect(failed?.error).toMatchObject({
      code: "OBJECT_LOST",
      message: expect.stringMatching(/object 9 of session 4/),
    });
  });

  test("a task of a type that the worker does not have", async () => {
    const { outcome } = await newRunner();
    const { failed } = await outcome(() => [], { missingType: true });
    expect(failed?.error).toMatchObject({
      code: "UNKNOWN_TASK_TYPE",
      message: expect.stringMatching(/test\/fake/),
    });
  });
});

describe("the end of a session", () => {
  test("aborts its running tasks; nothing of them is stored or reported", async () => {
    const { start, runner, ended, store, sent, reporter, scratch } = await newRunner();
    start(async (ctx) => {
      await writeFile(join(await ctx.dir(), "file"), "");
      await sleep(60_000, undefined, { signal: ctx.signal }).catch(() => {});
      return [{ path: "file" }];
    });
    start(async (ctx) => {
      await sleep(60_000, undefined, { signal: ctx.signal });
      return [bytesOf("")];
    });
    runner.abort(SESSION + 1);
    await eventually(async () => (await readdir(scratch)).length === 1, "the first one has its directory");
    expect(ended).toEqual([]);
    runner.abort(SESSION);
    await eventually(() => ended.length === 2, "both have ended");
    await runner.close();
    reporter.flush();
    expect(sent).toEqual([]);
    expect(store.has(SESSION, FIRST_OUTPUT)).toBe(false);
    expect(await readdir(scratch)).toEqual([]);
  });

  test("a task that asks for its signal only then finds it aborted", async () => {
    const { start, runner, ended } = await newRunner();
    let aborted: boolean | undefined;
    start(async (ctx) => {
      await null;
      aborted = ctx.signal.aborted;
      return [bytesOf("")];
    });
    runner.abort(SESSION);
    await eventually(() => ended.length === 1, "it has ended");
    expect(aborted).toBe(true);
  });

  test("a task that does not stop gives up its cpus after five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { start, runner, ended } = await newRunner();
    let release = () => {};
    start(
      () =>
        new Promise((resolve) => {
          release = () => resolve([]);
        }),
      { outputs: [] },
    );
    runner.abort(SESSION);
    await vi.advanceTimersByTimeAsync(4999);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toEqual([0]);
    release();
  });
});

describe("a task that takes too long", () => {
  const forever: Run = (ctx) =>
    new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("told to stop"))));

  test("is told to stop, and has failed", async () => {
    const { outcome } = await newRunner();
    const { failed } = await outcome(forever, { timeout: 0.02, name: "slow" });
    expect(failed?.error).toMatchObject({ code: "TASK_FAILED", message: "timed out after 0.02 s" });
  });

  test("has failed even if it finishes when told to stop", async () => {
    const { outcome } = await newRunner();
    const { failed, finished } = await outcome(
      (ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", () => resolve([]))),
      { timeout: 0.02, outputs: [] },
    );
    expect([failed?.error.message, finished]).toEqual(["timed out after 0.02 s", undefined]);
  });

  test("is not heard of again when its session ends first", async () => {
    const { start, runner, ended, reports } = await newRunner();
    const stubborn = () => new Promise<[]>((resolve) => setTimeout(() => resolve([]), 100));
    start(stubborn, { timeout: 0.02, outputs: [] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    runner.abort(SESSION);
    await eventually(() => ended.length === 1, "it has ended");
    expect(reports("failed")).toEqual([]);
  });

  test("a task that is in time knows nothing of it", async () => {
    const { outcome } = await newRunner();
    const { finished } = await outcome(async () => [], { timeout: 0.5, outputs: [] });
    expect(finished).toBeDefined();
  });
});
