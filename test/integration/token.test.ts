import { pino } from "pino";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { blob, connect, tasks } from "../../src/runtime/client/index.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import { startServer } from "../../src/runtime/server/index.ts";
import { startWorker } from "../../src/runtime/worker/index.ts";
import { startCluster, temporaryDirectory } from "./cluster.ts";

const TOKEN = "the-token-of-this-cluster";
const credentials = { token: TOKEN };
const log = pino({ level: "silent" });

/** Larger than what travels in memory, so that objects take the way of files, too. */
const LARGE = 3 << 20;

test("whoever bears the token runs tasks and reads objects that several workers hold", async () => {
  const { client } = await startCluster([1, 1], { credentials });
  await using session = await client.newSession();
  const parts = [1, 2, 3, 4].map((part) => tasks.concat([blob(Buffer.alloc(LARGE, part))]));
  const all = tasks.concat(parts);
  all.output.keep();
  await session.submit(all);
  const bytes = await all.output.fetch().bytes();
  expect(bytes.length).toBe(4 * LARGE);
  expect([0, 1, 2, 3].map((part) => bytes[part * LARGE])).toEqual([1, 2, 3, 4]);
});

test.each([
  ["no token", undefined, /belongs to .*; its commands need its token/],
  ["another token", "the-token-of-another-one", /belongs to .*; the given token is not its token/],
])("a client with %s is refused and told what to do", async (_, token, message) => {
  const { server } = await startCluster([], { credentials });
  await expect(connect(server.address, { token })).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    exitCode: 3,
    message: expect.stringMatching(message),
    hint: expect.stringContaining("--token-file"),
  });
});

test("a worker without the token is refused", async () => {
  const { server, dir } = await startCluster([], { credentials });
  const registry = createRegistry([]);
  const options = { server: server.address, cpus: 1, workDir: dir, registry, executors: { script: "" }, log };
  await expect(startWorker(options)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("every path of the HTTP API asks for it, but not the one that tells whether the server lives", async () => {
  const { server } = await startCluster([], { credentials });
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://${server.address}${path}`, init);
  for (const path of [
    "/",
    "/api/v1/status",
    "/api/v1/sessions/1/objects/0",
    "/objects/1/0",
    "/api/v1/nothing",
  ]) {
    const answer = await ask(path);
    expect([path, answer.status, answer.headers.get("www-authenticate")]).toEqual([path, 401, "Bearer"]);
    expect(await answer.json()).toMatchObject({ error: { code: "UNAUTHORIZED" } });
  }
  expect((await ask("/api/v1/stop", { method: "POST" })).status).toBe(401);
  expect((await ask("/api/v1/sessions/1/constants/0", { method: "PUT", body: "x" })).status).toBe(401);
  expect((await ask("/healthz")).status).toBe(200);
  const authorization = `Bearer ${TOKEN}`;
  expect((await ask("/api/v1/status", { headers: { authorization } })).status).toBe(200);
});

test.each(["/ws/client", "/ws/worker", "/ws/other"])("an upgrade at %s asks for it", async (path) => {
  const { server } = await startCluster([], { credentials });
  const socket = new WebSocket(`ws://${server.address}${path}`);
  const status = await new Promise((resolve, reject) => {
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    socket.on("open", () => reject(new Error("it was let in")));
    socket.on("error", () => {});
  });
  expect(status).toBe(401);
});

test("workers give objects to nobody without it", async () => {
  const { client } = await startCluster([1], { credentials });
  await using session = await client.newSession();
  const made = tasks.concat([blob("a "), blob("secret")]);
  made.output.keep();
  await session.submit(made);
  await session.waitAll();
  const [{ address }] = (await client.status()).workers;
  const object = `http://${address}/objects/${session.id}/2`;
  expect((await fetch(object)).status).toBe(401);
  expect((await fetch(object.replace(/\d+$/, "batch"), { method: "POST", body: "" })).status).toBe(401);
  const answer = await fetch(object, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(await answer.text()).toBe("a secret");
});

test.each(["0.0.0.0", "::", "192.0.2.1"])("nothing listens on %s without a token", async (host) => {
  const stateDir = await temporaryDirectory();
  await expect(startServer({ host, port: 0, stateDir, log })).rejects.toMatchObject({ code: "USAGE" });
  const registry = createRegistry([]);
  const worker = { cpus: 1, workDir: stateDir, registry, executors: { script: "" }, log };
  const listen = { host, port: 0 };
  await expect(startWorker({ server: "127.0.0.1:9", listen, ...worker })).rejects.toMatchObject({
    code: "USAGE",
  });
});

test("a server on another address of loopback answers there", async () => {
  const stateDir = await temporaryDirectory();
  const server = await startServer({ host: "127.0.0.2", port: 0, stateDir, log });
  try {
    await using client = await connect(server.address);
    expect((await client.status()).server.address).toBe(server.address);
  } finally {
    await server.stop();
  }
});
