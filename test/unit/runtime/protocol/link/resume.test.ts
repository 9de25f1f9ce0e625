import { createServer as createTcpServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { PING_INTERVAL_MS } from "../../../../../src/runtime/protocol/limits.ts";
import { type LinkServer, startLinkServer, until } from "./link-server.ts";

const received = (side: { batches: unknown[][] }) => side.batches.flat();

function breakConnections(server: LinkServer): void {
  for (const socket of server.sockets) socket.destroy();
}

describe("a resumable link whose connection breaks", () => {
  it("is suspended, and resumes by itself", async () => {
    const server = await startLinkServer();
    const client = await server.connect();
    const [peer] = server.sides;
    breakConnections(server);
    await until(() => client.suspended === 1 && peer.suspended === 1, "both sides are suspended");
    client.link.send("up");
    peer.link.send("down");
    await until(
      () => received(client).length === 1 && received(peer).length === 1,
      "both messages have arrived",
    );
    expect([client.resumed, peer.resumed]).toEqual([1, 1]);
    expect([client.link.state, peer.link.state]).toEqual(["open", "open"]);
    expect(server.sides).toHaveLength(1);
  });

  it("resumes even if the accepting side has not noticed the break", async () => {
    const server = await startLinkServer();
    const proxy = await startProxy(server.address);
    const client = await server.connect({ address: proxy.address });
    const [peer] = server.sides;
    // The connection of the client breaks. That of the server stays open, as if a cable is pulled.
    for (const { near } of proxy.pairs) near.destroy();
    client.link.send("up");
    await until(() => received(peer).length === 1, "the message has arrived");
    expect(client.resumed).toBe(1);
    expect(peer.link.state).toBe("open");
  });

  it("loses and duplicates nothing and keeps the order, whenever it breaks", {
    timeout: 60_000,
  }, async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ side: fc.constantFrom("client", "peer"), bytes: fc.nat(200_000) }),
      },
      { weight: 2, arbitrary: fc.constant("break" as const) },
      { weight: 2, arbitrary: fc.nat(8) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const server = await startLinkServer();
        const client = await server.connect();
        const [peer] = server.sides;
        const sent = { client: 0, peer: 0 };
        for (const action of actions) {
          if (action === "break") breakConnections(server);
          else if (typeof action === "number") await new Promise((resolve) => setTimeout(resolve, action));
          else {
            const { link } = action.side === "client" ? client : peer;
            link.send([sent[action.side]++, Buffer.alloc(action.bytes)]);
          }
        }
        await until(
          () => received(peer).length >= sent.client && received(client).length >= sent.peer,
          "everything has arrived",
        );
        const numbers = (messages: unknown[]) => (messages as [number, Buffer][]).map(([number]) => number);
        expect(numbers(received(peer))).toEqual(Array.from({ length: sent.client }, (_, i) => i));
        expect(numbers(received(client))).toEqual(Array.from({ length: sent.peer }, (_, i) => i));
        client.link.close();
        await client.link.ended;
      }),
      { numRuns: 40 },
    );
  });

  it("closes on both sides if it is not resumed in time", async () => {
    const server = await startLinkServer({ graceMs: 150 });
    const proxy = await startProxy(server.address);
    const client = await server.connect({ address: proxy.address });
    await proxy.stop();
    const [clientError, peerError] = await Promise.all([client.closed, server.sides[0].closed]);
    expect(clientError).toMatchObject({
      code: "SERVER_LOST",
      message: expect.stringContaining("within 0.15 s"),
    });
    expect(peerError).toMatchObject({ code: "IO", message: expect.stringContaining("within 0.15 s") });
  });

  it("closes at once if the server no longer knows it", async () => {
    const first = await startLinkServer();
    const proxy = await startProxy(first.address);
    const client = await first.connect({ address: proxy.address });
    const second = await startLinkServer();
    proxy.redirect(second.address);
    for (const { near } of proxy.pairs) near.destroy();
    expect(await client.closed).toMatchObject({
      code: "SERVER_LOST",
      message: expect.stringContaining("does not know the link"),
      cause: { code: "NOT_FOUND" },
    });
  });

  it("stops looking for its server when it is closed", async () => {
    const server = await startLinkServer();
    const proxy = await startProxy(server.address);
    const client = await server.connect({ address: proxy.address });
    await proxy.stop();
    await until(() => client.suspended === 1, "it is suspended");
    client.link.close();
    expect(await client.closed).toBeUndefined();
    await client.link.ended;
  });
});

describe("a link that is not resumable", () => {
  it("closes when its connection breaks", async () => {
    const server = await startLinkServer({ resumable: false });
    const client = await server.connect();
    breakConnections(server);
    expect(await client.closed).toMatchObject({ code: "SERVER_LOST" });
    expect(await server.sides[0].closed).toMatchObject({ code: "IO" });
    expect([client.suspended, server.sides[0].suspended]).toEqual([0, 0]);
  });
});

describe("silence", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("of 20 s on either side ends a connection", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const server = await startLinkServer({ resumable: false });
    const proxy = await startProxy(server.address);
    const client = await server.connect({ address: proxy.address });
    proxy.freeze();
    for (let ms = 0; ms < 20_000; ms += PING_INTERVAL_MS) {
      expect([client.link.state, server.sides[0].link.state]).toEqual(["open", "open"]);
      await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS);
    }
    const message = expect.stringContaining("silent for 20 s");
    expect(await client.closed).toMatchObject({ code: "SERVER_LOST", message });
    expect(await server.sides[0].closed).toMatchObject({ code: "IO", message });
  });

  it("is prevented by pings, so a link may stay idle", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const server = await startLinkServer({ resumable: false });
    const client = await server.connect();
    const [raw] = server.sockets;
    for (let i = 0; i < 12; i++) {
      const { bytesRead } = raw;
      await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS);
      await until(() => raw.bytesRead >= bytesRead + 8, "the ping and the pong have arrived");
    }
    expect([client.link.state, server.sides[0].link.state]).toEqual(["open", "open"]);
  });
});

/** A TCP proxy whose connections can be cut at one end, frozen or redirected. */
async function startProxy(target: string) {
  let [host, port] = target.split(":");
  let frozen = false;
  const pairs = new Set<{ near: Socket; far: Socket }>();
  const server = createTcpServer((near) => {
    const far = connectTcp();
    const pair = { near, far };
    pairs.add(pair);
    near.on("data", (chunk) => frozen || far.write(chunk));
    far.on("data", (chunk) => frozen || near.write(chunk));
    near.on("error", () => {}).on("close", () => pairs.delete(pair));
    far.on("error", () => {}).on("close", () => near.destroy());
    all.push(near, far);
  });
  const all: Socket[] = [];
  const { connect } = await import("node:net");
  const connectTcp = () => connect(Number(port), host);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    for (const socket of all) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    pairs,
    stop,
    freeze: () => {
      frozen = true;
    },
    redirect: (address: string) => {
      [host, port] = address.split(":");
    },
  };
}
