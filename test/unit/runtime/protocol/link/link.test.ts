import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { encode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import { helloFrame } from "../../../../../src/runtime/protocol/link/handshake.ts";
import { startLinkServer, until } from "./link-server.ts";

const received = (side: { batches: unknown[][] }) => side.batches.flat();

describe("a link", () => {
  it("carries messages both ways, in order", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    const [peer] = server.sides;
    for (let i = 0; i < 3; i++) client.link.send(["up", i]);
    for (let i = 0; i < 3; i++) peer.link.send(["down", i]);
    await until(() => received(client).length === 3 && received(peer).length === 3, "all have arrived");
    expect(received(peer)).toEqual([
      ["up", 0],
      ["up", 1],
      ["up", 2],
    ]);
    expect(received(client)).toEqual([
      ["down", 0],
      ["down", 1],
      ["down", 2],
    ]);
  });

  it("puts the messages of one tick into one batch", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    const [peer] = server.sides;
    for (let i = 0; i < 1000; i++) client.link.send(i);
    await until(() => peer.batches.length > 0, "a batch has arrived");
    expect(peer.batches).toEqual([Array.from({ length: 1000 }, (_, i) => i)]);
  });

  it("splits messages over several frames", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    const [peer] = server.sides;
    for (let i = 0; i < 6; i++) client.link.send(Buffer.alloc(1.5 * 2 ** 20));
    await until(() => received(peer).length === 6, "all have arrived");
    expect(peer.batches.map((batch) => batch.length)).toEqual([2, 2, 2]);
  });

  it("rejects a message that is too large for a frame", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    expect(() => client.link.send(Buffer.alloc(256 * 2 ** 20))).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  it.each([true, false])("disconnects a peer that reads nothing, resumable: %s", async (resumable) => {
    const server = await startLinkServer({ resumable, maxPendingBytes: 8 << 20 });
    const { address } = server;
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
    socket.on("error", () => {});
    const key = "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==";
    socket.write(
      `GET / HTTP/1.1\r\nhost: ${address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\n\r\n`,
    );
    const hello = Buffer.from(encode(helloFrame("worker", null)));
    // A binary frame whose mask is zero.
    socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | hello.length, 0, 0, 0, 0), hello]));
    await until(() => server.sides.length === 1, "the link is open");
    socket.pause();
    const [{ link, closed }] = server.sides;
    for (let sent = 0; link.state !== "closed"; sent++) {
      expect(sent).toBeLessThan(100);
      link.send(Buffer.alloc(1 << 20));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await closed).toMatchObject({ code: "IO", message: expect.stringContaining("unread") });
    expect(link.pendingBytes).toBe(0);
    socket.destroy();
  });

  it("queues messages for a handler that is set later", async () => {
    const server = await startLinkServer({
      welcome: (_hello, link) => {
        link.send("early");
        return "welcome";
      },
    });
    const client = await server.connect();
    expect(client.welcome).toBe("welcome");
    await until(() => received(client).length === 1, "the early message has arrived");
    expect(received(client)).toEqual(["early"]);
  });

  it("counts unacknowledged bytes as pending", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    client.link.send(Buffer.alloc(1000));
    expect(client.link.pendingBytes).toBeGreaterThanOrEqual(1000);
    await until(() => client.link.pendingBytes === 0, "the peer has acknowledged it");
    expect(received(server.sides[0])).toHaveLength(1);
  });
});

describe("closing a link", () => {
  it("delivers earlier messages, and is orderly on both sides", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    client.link.send("last words");
    client.link.close();
    expect(client.link.state).toBe("closed");
    expect(await client.closed).toBeUndefined();
    expect(await server.sides[0].closed).toBeUndefined();
    expect(received(server.sides[0])).toEqual(["last words"]);
    await Promise.all([client.link.ended, server.sides[0].link.ended]);
  });

  it("tells the peer why", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    server.sides[0].link.close(new RainError("REFUSED", "not today", { hint: "Come tomorrow." }));
    expect(await client.closed).toMatchObject({
      code: "REFUSED",
      message: "not today",
      hint: "Come tomorrow.",
    });
  });

  it("makes sending do nothing", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    client.link.close();
    client.link.send("too late");
    expect(client.link.pendingBytes).toBe(0);
  });

  it("leaves no timers and sockets", async () => {
    const active = () =>
      process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCP)/.test(kind)).length;
    const before = active();
    const server = await startLinkServer();
    const client = await server.connect();
    client.link.send("up");
    server.sides[0].link.send("down");
    await until(
      () => received(client).length === 1 && received(server.sides[0]).length === 1,
      "both have arrived",
    );
    for (const socket of server.sockets) socket.destroy();
    await until(() => client.resumed === 1, "it is resumed");
    expect(active()).toBeGreaterThan(before);
    await server.close();
    await until(() => active() <= before, "nothing is left");
  });

  it("ends every socket when the acceptor closes", async () => {
    const server = await startLinkServer();
    const clients = await Promise.all([server.connect(), server.connect(), server.connect()]);
    await server.acceptor.close();
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await until(() => server.sockets.size === 0, "no socket is left");
    await expect(server.connect()).rejects.toMatchObject({ code: "REFUSED" });
  });
});

describe("a faulty peer", () => {
  it("closes the link with an error for an invalid message", async () => {
    const parse = (value: unknown) => {
      if (value === "bad") throw new RainError("INVALID_MESSAGE", "this is bad");
      return value;
    };
    const server = await startLinkServer({ parse });
    const client = await server.connect();
    client.link.send("bad");
    const error = { code: "INVALID_MESSAGE", message: "this is bad" };
    expect(await client.closed).toMatchObject(error);
    expect(await server.sides[0].closed).toMatchObject(error);
  });

  it("does not crash the process when a handler throws", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    server.sides[0].link.onBatch = () => {
      throw new Error("a fault of the receiver");
    };
    client.link.send("anything");
    expect(await client.closed).toMatchObject({ code: "INTERNAL", message: "a fault of the receiver" });
  });
});
