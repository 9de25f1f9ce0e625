import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  blob,
  connect,
  type DataObject,
  directory,
  file,
  program,
  remote,
  type Session,
  task,
  tasks,
} from "../../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { startFakeServer } from "../fake-server.ts";

/** Calls a function as a program without types would. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments are wrong on purpose.
type Untyped = (...args: any[]) => any;
const untyped = (fn: Untyped): Untyped => fn;

/** The error of a call: thrown, or of the promise that it returned. */
async function errorOf(call: () => unknown): Promise<RainError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(RainError);
    return error as RainError;
  }
  throw new Error("the call was accepted");
}

const cyclicList: unknown[] = [];
cyclicList.push(cyclicList);
const cyclicObject: Record<string, unknown> = {};
cyclicObject.self = cyclicObject;

/** Values that no argument of the API can be. */
const NONSENSE: [string, unknown][] = [
  ["null", null],
  ["a function", () => 1],
  ["a symbol", Symbol("x")],
  ["a BigInt", 10n],
  ["a Date", new Date(0)],
  ["a Map", new Map()],
  ["a promise", Promise.resolve(1)],
  ["a stream", Readable.from([])],
  ["an instance of a class", new (class Own {})()],
  ["a cyclic list", cyclicList],
];

const x = blob("x");

/** Every argument of every function that builds values. */
const PLACES: [call: string, argument: string, (value: unknown) => unknown][] = [
  ["blob", "data", untyped(blob)],
  ["blob", "options", (value) => untyped(blob)("x", value)],
  ["file", "path", untyped(file)],
  ["file", "options", (value) => untyped(file)("x", value)],
  ["directory", "path", untyped(directory)],
  ["directory", "options", (value) => untyped(directory)("x", value)],
  ["tasks.concat", "inputs", untyped(tasks.concat)],
  ["tasks.concat", "inputs[1]", (value) => untyped(tasks.concat)([x, value])],
  ["tasks.concat", "options", (value) => untyped(tasks.concat)([], value)],
  ["tasks.sleep", "input", (value) => untyped(tasks.sleep)(value, 1)],
  ["tasks.sleep", "delay", (value) => untyped(tasks.sleep)(x, value)],
  ["tasks.sleep", "options", (value) => untyped(tasks.sleep)(x, 1, value)],
  ["tasks.open", "path", untyped(tasks.open)],
  ["tasks.openDir", "path", untyped(tasks.openDir)],
  ["tasks.store", "input", (value) => untyped(tasks.store)(value, "/a")],
  ["tasks.store", "path", (value) => untyped(tasks.store)(x, value)],
  ["tasks.makeDirectory", "content", untyped(tasks.makeDirectory)],
  ["tasks.makeDirectory", 'content["a"]', (value) => untyped(tasks.makeDirectory)({ a: value })],
  ["tasks.sliceDirectory", "input", (value) => untyped(tasks.sliceDirectory)(value, "a")],
  ["tasks.sliceDirectory", "path", (value) => untyped(tasks.sliceDirectory)(x, value)],
  ["task", "type", untyped(task)],
  ["task", "options", (value) => untyped(task)("concat", value)],
  ["task", "options.inputs", (value) => untyped(task)("concat", { inputs: value })],
  ["task", "options.inputs.a", (value) => untyped(task)("concat", { inputs: { a: value } })],
  ["task", "options.outputs", (value) => untyped(task)("concat", { outputs: value })],
  ["task", "options.outputs[0]", (value) => untyped(task)("concat", { outputs: [value] })],
  ...["name", "resources", "where", "retries", "timeout", "priority", "keep"].map(
    (option): [string, string, (value: unknown) => unknown] => [
      "task",
      `options.${option}`,
      (value) => untyped(task)("concat", { [option]: value }),
    ],
  ),
  ["tasks.run", "args", untyped(tasks.run)],
  ["tasks.run", "args[1]", (value) => untyped(tasks.run)(["cat", value])],
  ["tasks.run", "options", (value) => untyped(tasks.run)(["cat"], value)],
  ["tasks.run", "options.stdin", (value) => untyped(tasks.run)(["cat"], { stdin: value })],
  ["tasks.run", "options.files", (value) => untyped(tasks.run)(["cat"], { files: value })],
  ["tasks.run", 'options.files["a"]', (value) => untyped(tasks.run)(["cat"], { files: { a: value } })],
  ["tasks.run", "options.out", (value) => untyped(tasks.run)(["cat"], { out: value })],
  ["tasks.run", "options.out[0]", (value) => untyped(tasks.run)(["cat"], { out: [value] })],
  ["tasks.run", "options.stdout", (value) => untyped(tasks.run)(["cat"], { stdout: value })],
  ["tasks.run", "options.env", (value) => untyped(tasks.run)(["cat"], { env: value })],
  ["tasks.run", "options.env.A", (value) => untyped(tasks.run)(["cat"], { env: { A: value } })],
  ["tasks.run", "options.shell", (value) => untyped(tasks.run)(["cat"], { shell: value })],
  ["program", "args", untyped(program)],
  ["program", "options", (value) => untyped(program)(["cat"], value)],
  ["a program", "options", (value) => untyped(program(["cat"]))(value)],
  ["remote", "options", (value) => untyped(remote)(() => 1, value)],
  ["task.out", "which", (value) => untyped((which) => tasks.concat([]).out(which))(value)],
];

describe("a wrong argument is refused at construction, with the function, the place and what is expected", () => {
  it.each(PLACES)("%s: %s", async (call, argument, build) => {
    for (const [what, value] of NONSENSE) {
      // A list is fine where lists are expected, but this one contains itself.
      const error = await errorOf(() => build(value));
      expect({ what, error: error.code }).toEqual({ what, error: "USAGE" });
      expect(error.message).toMatch(/^[\w. ]+: \S.*(expected .*, not |contains itself)/);
      expect(error.message.startsWith(`${call}: ${argument}`)).toBe(true);
      expect(error.hint).not.toContain("--help");
    }
  });

  it.each<[string, () => unknown, string]>([
    [
      "blob of a number",
      () => untyped(blob)(123),
      "blob: data: expected a text or bytes (Uint8Array, Buffer, ArrayBuffer or another typed array), not 123",
    ],
    [
      "blob of a list",
      () => untyped(blob)([1]),
      "blob: data: expected a text or bytes (Uint8Array, Buffer, ArrayBuffer or another typed array), not a list",
    ],
    [
      "concat of a text",
      () => untyped(tasks.concat)(["a"]),
      'tasks.concat: inputs[0]: expected a data object, such as blob(…), or a task with one output, not the text "a"',
    ],
    [
      "a task with two outputs as an input",
      () => tasks.concat([tasks.run(["a"], { out: ["b", "c"] })]),
      "tasks.concat: inputs[0]: this task has 2 outputs (b, c); choose one with .out(index or label)",
    ],
    [
      "a wrong content type",
      () => blob("x", { contentType: "jsn" }),
      'blob: options.contentType: expected a content type (unknown content type "jsn"; did you mean "json"?), not the text "jsn"',
    ],
    [
      "a wrong content type of an output",
      () => tasks.run(["a"], { out: [{ path: "b", contentType: "text/csv" }] }),
      'tasks.run: options.out[0].contentType: expected a content type (unknown content type "text/csv"; did you mean "csv"?), not the text "text/csv"',
    ],
    [
      "a label used twice",
      () => task("a/b", { outputs: [{ label: "one" }, { label: "one" }] }),
      'task: options.outputs: two outputs have the label "one"; give one of them another label',
    ],
    [
      "a label used twice in a program",
      () => tasks.run(["a"], { out: ["stdout"], stdout: true }),
      'tasks.run: options: two outputs have the label "stdout"; give one of them another label',
    ],
    [
      "a mistyped option",
      () => untyped(tasks.concat)([], { contentTyp: "text" }),
      'tasks.concat: options.contentTyp is unknown; did you mean "contentType"?',
    ],
    [
      "an output without its path",
      () => untyped(tasks.run)(["a"], { out: [{ label: "b" }] }),
      "tasks.run: options.out[0].path is missing",
    ],
    [
      "a relative path of a worker",
      () => tasks.open("a"),
      `tasks.open: path: expected an absolute path on the worker's machine, not the text "a"`,
    ],
    [
      "a config with a Map",
      () => task("a/b", { config: { list: [new Map()] } }),
      "task: options.config.list[0]: expected a JSON value or bytes, not a Map",
    ],
    [
      "a cyclic config",
      () => task("a/b", { config: cyclicObject }),
      "task: options.config: it contains itself, or is nested more than 100 deep",
    ],
    [
      "a data object in a config",
      () => task("a/b", { config: { photo: x } }),
      "task: options.config.photo: expected a JSON value or bytes, not a data object",
    ],
    [
      "a user value with a Date",
      () => tasks.concat([], { user: { when: new Date() } }),
      "tasks.concat: options.user.when: expected a JSON value or bytes, not a Date",
    ],
    [
      "an output that does not exist",
      () => tasks.concat([]).out("b"),
      'task builtin/concat has no output "b"; it has 0',
    ],
    [
      "a method as a remote function",
      () => remote({ m() {} }.m),
      "remote: the source of the function m is not valid by itself",
    ],
    [
      "text as a remote function",
      () => untyped(remote)("x => x"),
      'remote: fn: expected a function, or { module: import.meta.url, export: NAME }, not the text "x => x"',
    ],
    [
      "a remote module without its export",
      () => untyped(remote)({ module: "/a.js" }),
      "remote: fn.export is missing",
    ],
  ])("%s", async (_what, call, message) => {
    const error = await errorOf(call);
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(message);
  });
});

describe("what is supported", () => {
  it.each<[string, () => DataObject, number[]]>([
    ["bytes of a subclass", () => blob(new (class Own extends Uint8Array {})([1, 2])), [1, 2]],
    ["a Buffer", () => blob(Buffer.from([1, 2])), [1, 2]],
    ["an ArrayBuffer", () => blob(Uint8Array.of(1, 2).buffer), [1, 2]],
    ["a part of memory", () => blob(new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2)), [1, 2]],
    ["a typed array", () => blob(Uint16Array.of(0x0201)), [1, 2]],
    ["shared memory", () => blob(new Uint8Array(new SharedArrayBuffer(2))), [0, 0]],
  ])("a blob of %s", (_what, build, bytes) => {
    const { source } = build();
    if (source?.kind !== "bytes") throw new Error("it has no bytes");
    expect([Uint8Array, Buffer]).toContain(source.bytes.constructor);
    expect([...source.bytes]).toEqual(bytes);
  });

  it("paths as file URLs", () => {
    expect(file(new URL("file:///data/a%20b.txt")).source).toEqual({ kind: "file", path: "/data/a b.txt" });
    expect(directory(new URL("file:///data")).source).toEqual({ kind: "dir", path: "/data" });
  });

  it("durations and sizes as in session files", () => {
    const { options } = tasks.concat([], {
      timeout: "1h30m",
      retries: { times: 3, delay: "500ms", backoff: 2, maxDelay: "5m" },
      resources: { memory: "1.5GiB" },
    });
    expect(options).toMatchObject({
      timeout: 5400,
      retries: { times: 3, delay: 0.5, backoff: 2, maxDelay: 300 },
      resources: { memory: 1.5 * 2 ** 30 },
    });
    expect(tasks.concat([], { timeout: 5 }).options.timeout).toBe(5);
    expect(tasks.sleep(x, "250ms").config).toBe(0.25);
  });
});

describe("methods of a connection refuse wrong arguments before they call the server", () => {
  const methods = (session: Session): [string, Untyped][] => [
    ["session.submit", (value) => untyped((one) => session.submit(one))(value)],
    ["session.wait", (value) => untyped((one) => session.wait(one))(value)],
    ["session.waitSome", (value) => untyped((one) => session.waitSome(one))(value)],
    ["session.waitAll", (value) => untyped((one) => session.waitAll(one))(value)],
    ["session.unkeep", (value) => untyped((one) => session.unkeep(one))(value)],
    ["session.update", (value) => untyped((one) => session.update(one))(value)],
    ["session.fetch", (value) => untyped((one) => session.fetch(one))(value)],
    ["session.objectByRef", (value) => untyped((one) => session.objectByRef(one))(value)],
    ["session.why", (value) => untyped((one) => session.why(one))(value)],
    ["session.progress", (value) => untyped((one) => session.progress(one))(value)],
    ["task.wait", (value) => untyped((one) => tasks.concat([]).wait(one))(value)],
    ["object.wait", (value) => untyped((one) => blob("x").wait(one))(value)],
    ["object.fetch", (value) => untyped((one) => blob("x").fetch(one))(value)],
  ];

  it.each(methods({} as Session).map(([name], i) => [name, i] as const))("%s", async (name, i) => {
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const before = calls.length;
    const [, call] = methods(session)[i] ?? [];
    for (const [what, value] of [...NONSENSE, ["an object", { x: 1 }] as const]) {
      const error = await errorOf(() => call?.(value));
      expect({ what, code: error.code }).toEqual({ what, code: "USAGE" });
      expect(error.message.startsWith(`${name}: `)).toBe(true);
    }
    expect(calls.length).toBe(before);
  });

  it.each<[string, string, unknown]>([
    ["newSession", "client.newSession: options", { nam: "x" }],
    ["newSession", "client.newSession: options.onFailure", { onFailure: "go" }],
    ["session", "client.session: ref", 1.5],
    ["session", "client.session: ref", ""],
    ["place", "client.place: values[0]", 5],
    ["logs", "client.logs: query.session", { session: "1" }],
    ["stop", "client.stop: options.force", { force: 1 }],
  ])("client.%s: %s", async (method, start, value) => {
    const { client, calls } = await startFakeServer();
    const before = calls.length;
    const error = await errorOf(() => (client as unknown as Record<string, Untyped>)[method]?.(value));
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining(start) });
    expect(calls.length).toBe(before);
  });

  it("connect", async () => {
    expect((await errorOf(() => untyped(connect)(7210))).message).toBe(
      "connect: address: expected a text, not 7210",
    );
    expect((await errorOf(() => untyped(connect)("127.0.0.1:1", { timeoutMs: "soon" }))).message).toBe(
      'connect: options.timeoutMs: expected a duration such as "90s" or "5m", or a number of milliseconds, not the text "soon"',
    );
  });
});
