import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { blob, tasks } from "../../src/runtime/client/index.ts";
import { encode } from "../../src/runtime/protocol/codec/codec.ts";
import { closeFrame } from "../../src/runtime/protocol/link/frames.ts";
import { helloFrame } from "../../src/runtime/protocol/link/handshake.ts";
import { hostileTasks } from "../fuzz/graphs.ts";
import { RawLink, workerHello } from "../fuzz/raw-link.ts";
import { eventually, startCluster, type TestCluster } from "./cluster.ts";

/** What everybody else sees of it all: nothing. */
async function expectOrdinarySession({ client }: TestCluster): Promise<void> {
  await using session = await client.newSession({ name: "ordinary" });
  const joined = tasks.concat([blob("Hello "), blob("world!")]).keep();
  await session.submit(joined);
  expect(await joined.output.fetch().text()).toBe("Hello world!");
}

async function hostileClient(cluster: TestCluster): Promise<RawLink> {
  return await RawLink.open(cluster.server.address, "client", { agent: "hostile" });
}

/** A worker of no good, a session for it with two tasks of two outputs each, and the numbers of both. */
async function hostileWorker(cluster: TestCluster) {
  const worker = await RawLink.open(cluster.server.address, "worker", workerHello());
  const client = await hostileClient(cluster);
  await eventually(async () => (await cluster.client.status()).workers.length === 2, "the worker joins");
  const options = { name: "bait", detached: false, retain: false, onFailure: "stop" };
  const { session } = (await client.call(1, "newSession", options)) as { session: number };
  await client.call(2, "addChunk", { graph: 1, chunk: hostileTasks(2) });
  await client.call(3, "submit", { session, graph: 1 });
  await worker.find((message) => (Array.isArray(message) && message[0] === "assign" ? true : undefined));
  return { worker, client, session };
}

describe("a hostile worker", () => {
  const finished = {
    tasks: Uint32Array.of(0),
    secondsAgo: Float32Array.of(0),
    durations: Float32Array.of(0),
    sizes: Float64Array.of(1, 1),
    extras: [],
    copies: [],
  };
  const error = { code: "TASK_FAILED", message: "no" };
  const failed = { task: 0, secondsAgo: 0, duration: 0, error, extra: { task: 0 } };
  const started = { tasks: Uint32Array.of(0), secondsAgo: Float32Array.of(0) };

  it.each<[what: string, kind: string, body: object]>([
    ["fewer sizes than outputs", "finished", { ...finished, sizes: Float64Array.of(1) }],
    ["more sizes than outputs", "finished", { ...finished, sizes: Float64Array.of(1, 1, 1) }],
    ["a size that is no number", "finished", { ...finished, sizes: Float64Array.of(1, Number.NaN) }],
    ["a negative size", "finished", { ...finished, sizes: Float64Array.of(1, -1) }],
    ["a duration that is no number", "finished", { ...finished, durations: Float32Array.of(Number.NaN) }],
    ["an end in the future", "finished", { ...finished, secondsAgo: Float32Array.of(-5) }],
    ["a start an eternity ago", "started", { ...started, secondsAgo: Float32Array.of(Infinity) }],
    ["columns of different lengths", "finished", { ...finished, tasks: Uint32Array.of(0, 1) }],
    ["a task that the session does not have", "started", { ...started, tasks: Uint32Array.of(7) }],
    ["the failure of no task", "failed", { ...failed, task: 7, extra: { task: 7 } }],
    ["remarks on another task", "failed", { ...failed, extra: { task: 1 } }],
    [
      "the content type of another task's object",
      "finished",
      { ...finished, extras: [{ task: 0, contentTypes: [[3, "text"]] }] },
    ],
    ["remarks twice", "finished", { ...finished, extras: [{ task: 0 }, { task: 0 }] }],
    ["an endless text", "finished", { ...finished, extras: [{ task: 0, debug: "x".repeat(2 << 20) }] }],
    ["tasks given back that are not there", "returned", { tasks: Uint32Array.of(99) }],
  ])("is dropped for a report with %s", async (_, kind, body) => {
    const cluster = await startCluster();
    const { worker, client, session } = await hostileWorker(cluster);
    worker.send([kind, { session, ...body }]);
    expect(await worker.closed).toMatchObject({ code: "INVALID_MESSAGE" });
    await eventually(async () => (await cluster.client.status()).workers.length === 1, "it is dropped");
    expect(await client.call(9, "sessionStatus", { session })).toMatchObject({
      state: "running",
      tasks: { total: 2, finished: 0, failed: 0 },
    });
    await expectOrdinarySession(cluster);
    await client.close();
  });

  it.each([
    "http://[",
    "http://user:secret@127.0.0.1:9",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:9/path",
    "file:///etc/passwd",
  ])("is refused with the data address %s", async (dataUrl) => {
    const cluster = await startCluster();
    const worker = await RawLink.open(cluster.server.address, "worker", workerHello({ dataUrl }));
    expect(await worker.closed).toMatchObject({ code: "INVALID_MESSAGE" });
    await expectOrdinarySession(cluster);
  });

  it("may report what it does not have, or again, which changes nothing", async () => {
    const cluster = await startCluster();
    const { worker, client, session } = await hostileWorker(cluster);
    const nothing = Uint32Array.of();
    worker.send(["finished", { session, ...finished }], ["finished", { session, ...finished }]);
    worker.send(["returned", { session, tasks: Uint32Array.of(1) }]);
    worker.send(["finished", { ...finished, session: session + 1000 }]);
    worker.send(["missing", { session, object: 4e9, source: 77, tasks: nothing, error }]);
    worker.send(["missing", { session: 4e9, object: 0, source: 0, tasks: nothing, error }]);
    await eventually(async () => {
      const [own] = (await cluster.client.status()).sessions;
      return own.tasks.finished === 1;
    }, "one task has finished");
    await expectOrdinarySession(cluster);
    worker.sendBytes(closeFrame(undefined));
    await Promise.all([worker.closed, client.close()]);
  });
});

describe("a hostile client", () => {
  it.each<[string, (link: RawLink) => void]>([
    ["garbage", (link) => link.sendBytes(Buffer.from("garbage"))],
    ["nothing", (link) => link.sendBytes(Buffer.alloc(0))],
    ["lists in lists", (link) => link.sendBytes(Buffer.alloc(1000, 0x81))],
    ["a list of four billion", (link) => link.sendBytes(Buffer.from("9affffffff", "hex"))],
    ["a frame out of order", (link) => link.sendBytes(encode([7, 0, []]))],
    ["an acknowledgement of what was not sent", (link) => link.sendBytes(encode([1, 99, []]))],
    ["no list of messages", (link) => link.sendBytes(encode([1, 0, "x"]))],
    ["an unknown message of great length", (link) => link.send(["x".repeat(1 << 20), {}])],
    ["an unknown method", (link) => link.send(["call", { id: 1, method: "constructor", params: {} }])],
    [
      "a call twice",
      (link) => {
        const wait = { id: 1, method: "logs", params: { follow: true } };
        link.send(["call", wait], ["call", wait]);
      },
    ],
  ])("is cut off for %s, and told why in few words", async (_, say) => {
    const cluster = await startCluster();
    const link = await hostileClient(cluster);
    say(link);
    const error = await link.closed;
    expect(error).toMatchObject({ code: "INVALID_MESSAGE" });
    expect(error?.message.length).toBeLessThan(1000);
    await expectOrdinarySession(cluster);
  });

  it.each<[string, string, unknown]>([
    ["parameters of another shape", "wait", { session: "one" }],
    ["a name of great length", "findSession", { ref: "x".repeat(10_000) }],
    ["numbers that are none", "sessionStatus", { session: Number.NaN }],
    ["a session that does not exist", "sessionStatus", { session: 2 ** 40 }],
    [
      "a chunk that does not fit together",
      "addChunk",
      { graph: 1, chunk: { ...hostileTasks(1), kind: Uint32Array.of(5) } },
    ],
    ["a graph that never came", "submit", { session: 1, graph: 5 }],
  ])("is answered with an error for %s, and may go on", async (_, method, params) => {
    const cluster = await startCluster();
    const link = await hostileClient(cluster);
    const error = (await link.call(1, method, params)) as { code: string; message: string };
    expect(error.code).toMatch(/INVALID_MESSAGE|NOT_FOUND|INVALID_GRAPH/);
    expect(error.message.length).toBeLessThan(1000);
    expect(await link.call(2, "status", {})).toMatchObject({ sessions: [] });
    await link.close();
  });

  it("is refused with a hello that is none, too large, or of another role", async () => {
    const cluster = await startCluster();
    const { address } = cluster.server;
    for (const bytes of [
      encode("hello"),
      encode(helloFrame("client", { agent: 5 })),
      encode(helloFrame("client", { agent: "x".repeat(2 << 20) })),
      encode(helloFrame("client", {}, { link: "x", received: 0 })),
    ]) {
      const link = await RawLink.dial(address, "client");
      link.sendBytes(bytes);
      expect((await link.closed)?.code).toMatch(/INVALID_MESSAGE|LIMIT_EXCEEDED|NOT_FOUND/);
    }
    await expectOrdinarySession(cluster);
  });

  it("may hang up in the middle of an upgrade that is refused", async () => {
    const cluster = await startCluster();
    const [host, port] = cluster.server.address.split(":");
    for (let i = 0; i < 50; i++) {
      const socket = connect(Number(port), host);
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(
        "GET /ws/nobody HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nmore",
      );
      socket.resetAndDestroy();
    }
    await expectOrdinarySession(cluster);
  });
});
