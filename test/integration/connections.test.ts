import { connect as connectTcp, type Socket } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, test } from "vitest";
import { blob, type Client, connect, tasks } from "../../src/runtime/client/index.ts";
import { RainError } from "../../src/runtime/errors.ts";
import { dial } from "../../src/runtime/protocol/link/dial.ts";
import { SocketLink } from "../../src/runtime/protocol/link/socket-link.ts";
import type { ClientToServer, ServerToClient } from "../../src/runtime/protocol/messages/index.ts";
import { eventually, startCluster } from "./cluster.ts";

const MiB = 2 ** 20;
const STALL_MS = 300;

/** A log that is kept, for what is to be read in it. */
function keptLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return {
    log: pino({ level: "info" }, stream),
    says: (text: string) => lines.some((line) => line.includes(text)),
  };
}

/** Runs a small session and answers what it made. */
async function runSession(client: Client, text: string): Promise<string> {
  await using session = await client.newSession();
  const task = tasks.concat([blob("hello "), blob(text)]);
  task.output.keep();
  await session.submit(task);
  return await task.output.fetch().text();
}

/** A kept object of so many bytes, made by a task. Answers its path on the server. */
async function makeObject(client: Client, size: number): Promise<string> {
  const session = await client.newSession();
  const task = tasks.concat([blob(Buffer.alloc(size / 2)), blob(Buffer.alloc(size / 2))]);
  task.output.keep();
  await session.submit(task);
  await session.waitAll();
  return `/api/v1/sessions/${session.id}/objects/2`;
}

/** A connection that sends this and reads nothing. `closed` resolves when the other side has ended it. */
function rawSocket(address: string, bytes: string): { socket: Socket; closed: Promise<unknown> } {
  const [host, port] = address.split(":");
  const socket = connectTcp({ host, port: Number(port) }, () => socket.write(bytes));
  socket.pause().on("error", () => {});
  return { socket, closed: new Promise((resolve) => socket.once("close", resolve)) };
}

test("1,000 clients connect, stay, and each run a session, in bounded memory", async () => {
  const { server } = await startCluster([2]);
  const before = process.memoryUsage().rss;
  const clients: Client[] = [];
  // In groups, because this process does the work of both sides.
  while (clients.length < 1_000) {
    clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(server.address)))));
  }
  try {
    const texts = await Promise.all(clients.map((client, i) => runSession(client, String(i))));
    expect(texts).toEqual(clients.map((_, i) => `hello ${i}`));
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * MiB);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

test("clients above the limit are refused in plain words; workers are not affected, and places become free", async () => {
  const { server, connect: admit, addWorker, client } = await startCluster([1], { limits: { clients: 2 } });
  const second = await admit();
  await expect(connect(server.address)).rejects.toMatchObject({
    code: "REFUSED",
    message: "the server already has 2 connections, which is its limit",
  });
  await addWorker();
  await second.close();
  await eventually(
    () =>
      admit().then(
        () => true,
        () => false,
      ),
    "a place is free",
  );
  expect(await runSession(client, "world")).toBe("hello world");
});

test("a client that stops to read an object is cut off, while others go on", async () => {
  const { log, says } = keptLog();
  const { server, client } = await startCluster([1], { limits: { stallMs: STALL_MS }, log });
  const path = await makeObject(client, 64 * MiB);
  const slow = rawSocket(server.address, `GET ${path} HTTP/1.1\r\nhost: ${server.address}\r\n\r\n`);
  expect(await runSession(client, "meanwhile")).toBe("hello meanwhile");
  await eventually(() => says("disconnected a client that"), "the server gives the reader up");
  slow.socket.resume();
  await slow.closed;
  expect(slow.socket.bytesRead).toBeLessThan(64 * MiB);
});

test("a client that stops to send what it announced is cut off", async () => {
  const { log, says } = keptLog();
  const { server, client } = await startCluster([1], { limits: { stallMs: STALL_MS }, log });
  await using session = await client.newSession();
  const head =
    `PUT /api/v1/sessions/${session.id}/constants/0 HTTP/1.1\r\nhost: ${server.address}\r\n` +
    "x-rain-data-type: blob\r\nx-rain-content-type: \r\ncontent-length: 1000000000\r\n\r\n";
  const { socket, closed } = rawSocket(server.address, `${head}one of the bytes`);
  socket.resume();
  await closed;
  expect(says("disconnected a client that")).toBe(true);
  expect(await runSession(client, "world")).toBe("hello world");
});

test("to wait for an object is not to stall", async () => {
  const { client } = await startCluster([1], { limits: { stallMs: 100 } });
  await using session = await client.newSession();
  const late = tasks.sleep(blob("late"), 0.5);
  late.output.keep();
  await session.submit(late);
  expect(await late.output.fetch().text()).toBe("late");
});

test("a client that stops to read its log is cut off, and told why; others go on", async () => {
  const { log, says } = keptLog();
  const { server, client } = await startCluster([2], { limits: { stallMs: STALL_MS }, log });
  const session = await client.newSession();
  await session.submit(Array.from({ length: 60_000 }, () => tasks.concat([blob("x")])));
  await session.waitAll();

  const options = {
    address: server.address,
    path: "/ws/client",
    hello: { agent: "slow" },
    timeoutMs: 5_000,
  } as const;
  let reason: RainError | undefined;
  const closed = new Promise<void>((resolve) => {
    void dial(options, (pair) => {
      const link = new SocketLink<ClientToServer, ServerToClient>({
        parse: (value) => value as ServerToClient,
        graceMs: undefined,
        lost: (why) => new RainError("SERVER_LOST", why),
        suspended: () => {},
        closed: () => {},
      });
      link.onBatch = () => {};
      link.onClose = (error) => {
        reason = error;
        resolve();
      };
      link.attach(pair, 0);
      link.send(["call", { id: 1, method: "logs", params: {} }]);
      setImmediate(() => setImmediate(() => pair.raw.pause()));
      void eventually(() => says("has not read its log"), "the server gives it up").then(() =>
        pair.raw.resume(),
      );
    });
  });
  expect(await runSession(client, "meanwhile")).toBe("hello meanwhile");
  await closed;
  expect(reason).toMatchObject({
    code: "TIMEOUT",
    message: "the client has not read its log for 0.3 s",
  });
});
