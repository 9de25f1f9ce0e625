import { describe, expect, it } from "vitest";
import { decode, encode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import {
  parseClientToServer,
  parseServerToClient,
} from "../../../../../src/runtime/protocol/messages/client-link.ts";
import type { Assign, Method, WorkerHello } from "../../../../../src/runtime/protocol/messages/index.ts";
import {
  parseMethodParams,
  parseMethodResult,
} from "../../../../../src/runtime/protocol/messages/methods.ts";
import {
  parseServerToWorker,
  parseWorkerHello,
  parseWorkerToServer,
} from "../../../../../src/runtime/protocol/messages/worker-link.ts";

const numbers = Uint32Array.of(1, 2);
const invalid = (message: string) =>
  expect.objectContaining({ code: "INVALID_MESSAGE", message: expect.stringContaining(message) });

const assign: Assign = {
  session: 1,
  words: numbers,
  kinds: [[0, { type: "builtin/concat", resources: { cpus: 1 }, outputs: [{ dataType: "blob" }], group: 0 }]],
  configs: [Buffer.from("abc")],
  opened: 1,
  wanted: numbers,
  constants: [{ object: 0, info: { size: 1, dataType: "blob", contentType: "" }, data: Buffer.from("x") }],
  names: [[3, "prepare/shuffle"]],
  users: [[3, { mail: "a@b.cz" }]],
  inputUsers: [[0, ["any", "JSON"]]],
};
const finished = {
  session: 1,
  tasks: numbers,
  secondsAgo: Float32Array.of(0, 0),
  durations: Float32Array.of(1, 2),
  sizes: Float64Array.of(5),
  extras: [
    {
      task: 1,
      debug: "text",
      contentTypes: [[4, "text"]],
      objects: [{ object: 4, debug: "a", user: { n: 1 } }],
    },
  ],
  copies: [{ object: 4, data: Buffer.from("abcde") }],
};

/** An invalid task type of a plugin. */
function typeWith(wrong: object) {
  const plugin = {
    name: "a",
    package: "a",
    version: "1.0.0",
    hash: "0".repeat(64),
    folder: "",
    entry: "x.js",
  };
  return { name: "a/b", summary: "", inputs: "", outputs: "", plugin: { ...plugin, ...wrong } };
}

describe("messages", () => {
  it.each([
    ["assign", parseServerToWorker, assign],
    ["retract", parseServerToWorker, { session: 1, tasks: numbers }],
    ["stop", parseServerToWorker, {}],
    ["finished", parseWorkerToServer, finished],
    ["call", parseClientToServer, { id: 1, method: "status", params: {} }],
    ["reply", parseServerToClient, { id: 1, result: { any: "thing" } }],
    ["error", parseServerToClient, { id: 1, error: { code: "NOT_FOUND", message: "no such session" } }],
  ])("pass as they are, over the wire: %s", (type, parse, body) => {
    expect(parse(decode(encode([type, body])))).toEqual([type, body]);
  });

  it("drop unknown fields", () => {
    expect(parseServerToWorker(["endSession", { session: 1, gently: true }])).toEqual([
      "endSession",
      { session: 1 },
    ]);
  });

  it.each<[unknown, string]>([
    [null, "must be [type, body]"],
    [["finished"], "must be [type, body]"],
    [["explode", {}], 'unknown message type "explode"'],
    [["finished", { ...finished, tasks: [1, 2] }], "finished.tasks: "],
    [["finished", { ...finished, tasks: Uint32Array.of(1) }], "columns differ in length"],
    [["finished", { ...finished, sizes: Float64Array.of(-1) }], "not a number of bytes"],
    [["finished", { ...finished, extras: [{ task: 1, debug: 7 }] }], "finished.extras.0.debug: "],
    [["sample", { cpus: Number.NaN }], "sample.cpus: "],
    [["types", { taskTypes: [{ name: "a/b" }], contentTypes: [] }], "types.taskTypes.0.summary: "],
    [
      ["types", { taskTypes: [typeWith({ hash: "../x" })], contentTypes: [] }],
      "types.taskTypes.0.plugin.hash: ",
    ],
    [
      ["types", { taskTypes: [typeWith({ folder: "a/../.." })], contentTypes: [] }],
      "taskTypes.0.plugin.folder: ",
    ],
    [
      ["types", { taskTypes: [typeWith({ entry: "/etc/x" })], contentTypes: [] }],
      "taskTypes.0.plugin.entry: ",
    ],
    [["started", { session: 0, tasks: numbers, secondsAgo: finished.secondsAgo }], "started.session: "],
  ])("of a worker are refused: %j", (message, why) => {
    expect(() => parseWorkerToServer(message)).toThrow(invalid(why));
  });

  it("of a client with an unknown method are rejected", () => {
    expect(() => parseClientToServer(["call", { id: 1, method: "toString", params: {} }])).toThrow(
      invalid("call.method"),
    );
  });

  it("of the server are also checked", () => {
    expect(() => parseServerToWorker(["assign", { ...assign, names: [["x", 1]] }])).toThrow(
      invalid("assign.names"),
    );
    expect(() => parseServerToWorker(["assign", { ...assign, configs: ["abc"] }])).toThrow(
      invalid("assign.configs"),
    );
  });
});

describe("the hello of a worker", () => {
  const hello: WorkerHello = {
    cpus: 4,
    hostname: "node1",
    pid: 17,
    dataUrl: "http://10.0.0.1:40001",
    memory: 2 ** 30,
    resources: { gpu: 1 },
    labels: { zone: "eu" },
    taskTypes: [{ name: "builtin/concat", summary: "joins", inputs: "blobs", outputs: "blob" }],
    contentTypes: ["text"],
  };

  it("is accepted unchanged", () => {
    expect(parseWorkerHello(decode(encode(hello)))).toEqual(hello);
  });

  it.each([
    [{ ...hello, cpus: 0 }, "hello.cpus"],
    [{ ...hello, dataUrl: "http://10.0.0.1/../secret" }, "hello.dataUrl"],
    [{ ...hello, taskTypes: [{}] }, "hello.taskTypes.0.name"],
    ["hello", "hello: "],
  ])("is refused when it makes no sense", (value, why) => {
    expect(() => parseWorkerHello(value)).toThrow(invalid(why));
  });
});

describe("calls", () => {
  const submission = {
    firstTask: 0,
    firstObject: 0,
    constants: [{ dataType: "blob", size: 1, data: Buffer.from("x") }],
    kinds: [],
    groups: [""],
    kind: numbers,
    inputStart: numbers,
    inputs: numbers,
    config: numbers,
    configs: { start: numbers, bytes: Buffer.alloc(0) },
    keep: numbers,
    names: { of: numbers, text: ["a"] },
    taskKeys: { of: numbers, text: [] },
    constantKeys: { of: numbers, text: [] },
    users: { of: numbers, value: [] },
  };

  it.each<[Method, unknown]>([
    ["status", {}],
    ["findSession", { ref: "hello" }],
    ["wait", { session: 1, tasks: numbers, objects: numbers, mode: "some" }],
    ["addChunk", { graph: 1, chunk: submission }],
    ["submit", { session: 1, graph: 1 }],
    ["logs", { session: 1, follow: true }],
  ])("pass with proper parameters: %s", (method, params) => {
    expect(parseMethodParams(method, decode(encode(params)))).toEqual(params);
  });

  it.each<[Method, unknown, string]>([
    ["status", { session: 1 }, "status"],
    ["newSession", { name: "x", detached: 1, retain: false }, "newSession.detached: "],
    ["wait", { session: 1, tasks: numbers, objects: numbers, mode: "most" }, "wait.mode: "],
    ["addChunk", { graph: 1, chunk: { ...submission, kind: [0] } }, "addChunk.chunk.kind: "],
    [
      "addChunk",
      { graph: 1, chunk: { ...submission, constants: [{ size: 1 }] } },
      "addChunk.chunk.constants: ",
    ],
    ["addChunk", { graph: 1, chunk: { ...submission, names: { of: numbers, text: [1] } } }, "names.text: "],
    ["submit", { session: 1, graph: 0 }, "submit.graph: "],
    ["findSession", { ref: -1 }, "findSession.ref: "],
  ])("are refused with others: %s", (method, params, why) => {
    expect(() => parseMethodParams(method, params)).toThrow(invalid(why));
  });

  it("have a checked result", () => {
    expect(parseMethodResult("newSession", { session: 7 })).toEqual({ session: 7 });
    expect(() => parseMethodResult("newSession", {})).toThrow(invalid("answer to newSession.session"));
  });
});
