import { access, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Encoder } from "cbor-x/encode";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type ConnectionEvents,
  type FromExecutor,
  Listener,
} from "../../../../../src/runtime/executor/cbor1/index.ts";
import { frameOf } from "../../../../../src/runtime/executor/frames.ts";

const encoder = new Encoder({ useRecords: false, variableMapSize: true });
const framed = (message: unknown) => frameOf(encoder.encode(message));
const register = (changes: object = {}) =>
  framed(["register", { protocol: "cbor-1", executor_id: 7, executor_type: "dummy", ...changes }]);
const RESULT = ["result", { task: [1, 1], success: true }];

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-listener-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function open(): Promise<Listener & { path: string }> {
  const path = join(await temporary(), "s");
  const listener = await Listener.open(path, "dummy");
  onTestFinished(() => listener.close());
  return Object.assign(listener, { path });
}

/** Connects as an executor would, and sends these bytes. */
function send(path: string, bytes: Uint8Array) {
  const socket = connect(path);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  return socket;
}

/** What comes after the registration, up to the end. */
function collect(): {
  events: ConnectionEvents;
  messages: FromExecutor[];
  ended: Promise<string | undefined>;
} {
  const messages: FromExecutor[] = [];
  let end: (message: string | undefined) => void;
  const ended = new Promise<string | undefined>((resolve) => {
    end = resolve;
  });
  const events = {
    message: (m: FromExecutor) => messages.push(m),
    ended: (error?: Error) => end(error?.message),
  };
  return { events: events as ConnectionEvents, messages, ended };
}

describe("an executor that registers", () => {
  it("is connected from then on", async () => {
    const listener = await open();
    const socket = send(listener.path, register());
    const connection = await listener.registered;
    const { events, messages, ended } = collect();
    connection.handOver(events);
    socket.end(framed(RESULT));
    expect(await ended).toBeUndefined();
    expect(messages.map(([kind]) => kind)).toEqual(["result"]);
  });

  it.each([
    ["the number of digits of its id, as those of Rain 0.4 in C++", { executor_id: 1 }],
    ["no id", { executor_id: undefined }],
  ])("may send %s, since the socket is its own", async (_, changes) => {
    const listener = await open();
    send(listener.path, register(changes));
    await listener.registered;
  });

  it("stays connected when the worker listens no longer", async () => {
    const listener = await open();
    const socket = send(listener.path, register());
    const connection = await listener.registered;
    listener.close();
    await expect(access(listener.path)).rejects.toThrow("ENOENT");
    const received = new Promise<Buffer>((resolve) => socket.once("data", resolve));
    connection.send(["drop_cached", { objects: [] }]);
    expect((await received).length).toBeGreaterThan(4);
  });

  it.each([
    ["another protocol", register({ protocol: "cbor-2" }), 'it speaks "cbor-2"; "cbor-1" is expected'],
    ["another type", register({ executor_type: "x" }), 'it registered as "x"; "dummy" is expected'],
    ["a result", framed(RESULT), 'its first message is "result"; "register" is expected'],
    [
      "garbage",
      frameOf(Uint8Array.of(0xff)),
      "it did not register, but sent something else: not a valid CBOR item",
    ],
    ["an oversize frame", Uint8Array.of(255, 255, 255, 255), "a frame of 4294967295 bytes is announced"],
  ])("is refused with %s", async (_, bytes, expected) => {
    const listener = await open();
    const socket = send(listener.path, bytes);
    await expect(listener.registered).rejects.toMatchObject({
      code: "EXECUTOR_FAILED",
      message: expect.stringContaining(expected),
    });
    await new Promise((resolve) => socket.once("close", resolve));
  });

  it("may hang up and come again", async () => {
    const listener = await open();
    const first = send(listener.path, new Uint8Array(0));
    first.end();
    await new Promise((resolve) => first.once("close", resolve));
    send(listener.path, register());
    await listener.registered;
  });

  it("is told of later garbage as the end, with what was wrong", async () => {
    const listener = await open();
    const socket = send(listener.path, register());
    const connection = await listener.registered;
    socket.write(Uint8Array.of(1, 0, 0, 0, 0x1f));
    await new Promise((resolve) => socket.once("close", resolve));
    const { events, ended } = collect();
    connection.handOver(events);
    expect(await ended).toContain("not a valid CBOR item");
  });
});
