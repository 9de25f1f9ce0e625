import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type RawData, WebSocket } from "ws";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { decode, encode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import { HELLO_TIMEOUT_MS } from "../../../../../src/runtime/protocol/limits.ts";
import { connectLink } from "../../../../../src/runtime/protocol/link/connect.ts";
import { PROTOCOL, VERSION } from "../../../../../src/runtime/protocol/version.ts";
import { startLinkServer } from "./link-server.ts";

const hello = (fields = {}) => [
  "hello",
  { protocol: PROTOCOL, version: VERSION, role: "worker", body: "hello", ...fields },
];

/** The answer of a server to a first message, before it closes the connection. */
async function answerTo(address: string, message: Uint8Array | string): Promise<unknown> {
  const socket = new WebSocket(`ws://${address}/ws/worker`);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  socket.send(message);
  const [data] = (await once(socket, "message")) as [RawData];
  return decode(data as Buffer);
}

const connectTo = (address: string, options = {}) =>
  connectLink({
    address,
    path: "/ws/client",
    hello: "hello",
    parse: (value) => value,
    parseWelcome: (value) => value,
    resumable: false,
    ...options,
  });

describe("a server that accepts links", () => {
  it("accepts a valid hello and answers with its version", async () => {
    const { address } = await startLinkServer();
    expect(await answerTo(address, encode(hello()))).toEqual([
      "welcome",
      { protocol: PROTOCOL, version: VERSION, link: expect.any(String), received: 0, body: "welcome" },
    ]);
  });

  it("passes the hello to `welcome`, and refuses with the error that it throws", async () => {
    const server = await startLinkServer({
      welcome: (hello) => {
        throw new RainError("REFUSED", `${hello} is not welcome`);
      },
    });
    await expect(server.connect({ hello: "nobody" })).rejects.toMatchObject({
      code: "REFUSED",
      message: "nobody is not welcome",
    });
  });

  it("rejects another protocol with both versions in the message", async () => {
    const { address } = await startLinkServer();
    const answer = await answerTo(
      address,
      encode(["hello", { protocol: PROTOCOL + 1, version: "9.9.9", shape: "unknown" }]),
    );
    expect(answer).toMatchObject([
      "refused",
      {
        code: "VERSION_MISMATCH",
        message: expect.stringMatching(
          `Rain ${VERSION} .protocol ${PROTOCOL}.*Rain 9.9.9 .protocol ${PROTOCOL + 1}`,
        ),
      },
    ]);
  });

  it.each([
    ["no CBOR", Buffer.from("GET / HTTP/1.1"), "not a valid CBOR item"],
    ["a text message", "hello", "binary"],
    ["something else", encode(["goodbye", {}]), "a hello was expected"],
    ["an incomplete hello", encode(["hello", { protocol: PROTOCOL, version: VERSION }]), "role"],
    [
      "a link that never was",
      encode(hello({ resume: { link: "x", received: 0 } })),
      "does not know the link",
    ],
  ])("refuses %s", async (_what, message, reason) => {
    const { address } = await startLinkServer();
    expect(await answerTo(address, message)).toMatchObject([
      "refused",
      { message: expect.stringContaining(reason) },
    ]);
  });

  it("rejects a hello that is too large before all of it has arrived", async () => {
    const { address } = await startLinkServer();
    const socket = new WebSocket(`ws://${address}/ws/worker`);
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    socket.on("error", () => {});
    // The beginning of a message of 100 MB. The rest never arrives.
    socket.send(Buffer.alloc(2 << 20), { fin: false });
    const [data] = (await once(socket, "message")) as [RawData];
    expect(decode(data as Buffer)).toMatchObject(["refused", { code: "LIMIT_EXCEEDED" }]);
    await once(socket, "close");
  });

  it("waits ten seconds for a hello", async () => {
    const { address } = await startLinkServer();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const socket = new WebSocket(`ws://${address}/ws/worker`);
    await once(socket, "open");
    const answer = once(socket, "message");
    const closed = once(socket, "close");
    await vi.advanceTimersByTimeAsync(HELLO_TIMEOUT_MS);
    vi.useRealTimers();
    const [data] = (await answer) as [RawData];
    expect(decode(data as Buffer)).toMatchObject(["refused", { code: "TIMEOUT" }]);
    await closed;
  });

  it("rejects connections beyond its limit", async () => {
    const server = await startLinkServer({ maxConnections: 2 });
    await Promise.all([server.connect(), server.connect()]);
    await expect(server.connect()).rejects.toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("2 connections"),
    });
  });

  it("survives plain requests and incomplete upgrades", async () => {
    const server = await startLinkServer();
    const half = request(`http://${server.address}/ws/worker`, {
      headers: { connection: "upgrade", upgrade: "websocket" },
    });
    half.end();
    const [response] = await once(half, "response");
    expect(response.statusCode).toBe(400);
    response.resume();
    await expect(server.connect()).resolves.toBeDefined();
  });
});

describe("connecting", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("reports that nothing listens there", async () => {
    const probe = createTcpServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await expect(connectTo(`127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: `no Rain server at 127.0.0.1:${port}: connection refused`,
    });
  });

  it("reports that another program listens there", async () => {
    const http = createServer((_, response) => response.writeHead(404).end("nothing here"));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => void http.close());
    await expect(connectTo(`127.0.0.1:${(http.address() as AddressInfo).port}`)).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringContaining("not a Rain server (HTTP 404)"),
    });
  });

  it("reports an error that the server sends instead of the upgrade", async () => {
    const error = new RainError("REFUSED", "pages of evil.example are not allowed");
    const http = createServer((_, response) => response.writeHead(403).end(JSON.stringify({ error })));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => void http.close());
    await expect(connectTo(`127.0.0.1:${(http.address() as AddressInfo).port}`)).rejects.toMatchObject({
      code: "REFUSED",
      message: error.message,
    });
  });

  it("fails when no answer arrives or its signal aborts", async () => {
    const sockets: { destroy(): void }[] = [];
    const mute = createTcpServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(mute, "listening");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    await expect(connectTo(address, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringContaining("no answer within 0.05 s"),
    });
    const reason = new RainError("INTERRUPTED", "interrupted");
    await expect(connectTo(address, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(connectTo(address, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
  });

  it("does not send a hello that is too large", async () => {
    await expect(connectTo("127.0.0.1:1", { hello: "x".repeat(2 << 20) })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });
});
