import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { pino } from "pino";
import { Agent } from "undici";
import { expect, test } from "vitest";
import { blob, connect, tasks } from "../../src/runtime/client/index.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import { startServer } from "../../src/runtime/server/index.ts";
import { download } from "../../src/runtime/transport/download.ts";
import { type StartWorkerOptions, startWorker } from "../../src/runtime/worker/index.ts";
import { makeCertificate } from "../certificates.ts";
import { startCluster, temporaryDirectory } from "./cluster.ts";

const TOKEN = "the-token-of-this-cluster";
const log = pino({ level: "silent" });

/** Larger than what travels in memory, so that objects take the way of files, too. */
const LARGE = 3 << 20;

/** A cluster with a certificate of an authority of its own, which everybody trusts. */
async function startSecureCluster(workers: number[]) {
  const dir = await temporaryDirectory();
  const authority = makeCertificate(dir, "authority", { isAuthority: true });
  const identity = makeCertificate(dir, "cluster", { authority });
  const credentials = { token: TOKEN, tls: { ca: authority.cert } };
  return { ...(await startCluster(workers, { identity, credentials })), credentials, authority, identity };
}

/** A server alone, with this certificate. */
async function startSecureServer(wishes: Parameters<typeof makeCertificate>[2] = {}, host = "127.0.0.1") {
  const dir = await temporaryDirectory();
  const identity = makeCertificate(dir, "server", wishes);
  const server = await startServer({ host, port: 0, stateDir: dir, log, identity });
  return { server, identity, [Symbol.asyncDispose]: () => server.stop() };
}

test("tasks run, and objects travel between workers and to clients, by TLS alone", async () => {
  const { client, authority } = await startSecureCluster([1, 1]);
  const large = [1, 2, 3, 4].map((part) => tasks.concat([blob(Buffer.alloc(LARGE, part))]));
  const small = ["a", "b", "c", "d"].map((part) => tasks.concat([blob(part)]));
  const [bytes, text] = [tasks.concat(large), tasks.concat(small)];
  for (const task of [bytes, text]) task.output.keep();
  await using session = await client.newSession();
  await session.submit([bytes, text]);
  expect(await text.output.fetch().text()).toBe("abcd");
  const read = await bytes.output.fetch().bytes();
  expect([read.length, read[0], read[LARGE], read[4 * LARGE - 1]]).toEqual([4 * LARGE, 1, 2, 4]);

  const { workers } = await client.status();
  for (const { address } of workers) {
    await expect(fetch(`http://${address}/objects/1/0`)).rejects.toThrow();
    const dispatcher = new Agent({ connect: { ca: authority.cert } });
    const answer = await dispatcher.request({
      origin: `https://${address}`,
      method: "GET",
      path: "/objects/1/0",
    });
    expect(answer.statusCode).toBe(401);
    await dispatcher.destroy();
  }
});

test("large files are sent by TLS, too, where machines do not share them", async () => {
  const { client, credentials } = await startSecureCluster([1]);
  const made = tasks.concat([blob(Buffer.alloc(LARGE, 1)), blob(Buffer.alloc(LARGE, 2))]);
  made.output.keep();
  await using session = await client.newSession();
  await session.submit(made);
  await session.waitAll();
  const [{ address }] = (await client.status()).workers;
  const signal = AbortSignal.timeout(10_000);
  const url = `https://${address}/objects/${session.id}/2`;
  const { length, body } = await download(url, {}, signal, credentials);
  let received = 0;
  for await (const chunk of body) {
    expect(chunk.every((byte, at) => byte === (received + at < LARGE ? 1 : 2))).toBe(true);
    received += chunk.length;
  }
  expect([length, received]).toEqual([2 * LARGE, 2 * LARGE]);
  await expect(download(url, {}, signal, { token: TOKEN })).rejects.toThrow(/self-signed|issuer|verify/);
});

test.each([
  ["is not trusted", {}, undefined, /certificate of the server at .* is not trusted/, /--tls-ca/],
  ["has expired", { days: -1 }, "own", /has expired/, /new certificate/],
  [
    "is for another host",
    { names: "DNS:rain.example" },
    "own",
    /is for another host/,
    /that the certificate contains/,
  ],
])("a server whose certificate %s is refused by clients", async (_, wishes, trusted, message, hint) => {
  await using secure = await startSecureServer(wishes);
  const tls = trusted === "own" ? { ca: secure.identity.cert } : {};
  await expect(connect(secure.server.address, { tls })).rejects.toMatchObject({
    code: "REFUSED",
    exitCode: 3,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test("a client that does not speak TLS is told that the server does", async () => {
  await using secure = await startSecureServer();
  await expect(connect(secure.server.address)).rejects.toMatchObject({
    code: "REFUSED",
    message: `the server at ${secure.server.address} accepts only TLS`,
    hint: expect.stringContaining(`https://${secure.server.address}`),
  });
});

test("a client that speaks TLS is told that the server does not", async () => {
  const { server } = await startCluster([]);
  await expect(connect(`https://${server.address}`)).rejects.toMatchObject({
    code: "REFUSED",
    message: `the server at ${server.address} does not use TLS`,
    hint: expect.stringContaining(`http://${server.address}`),
  });
});

test("where nobody listens, nobody speaks of TLS", async () => {
  await expect(connect("https://127.0.0.1:9")).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test("a worker is refused that would send objects in the clear, or by TLS where nobody else does", async () => {
  const worker = (dir: string, options: Partial<StartWorkerOptions> & { server: string }) =>
    startWorker({
      cpus: 1,
      workDir: dir,
      registry: createRegistry([]),
      executors: { script: "" },
      log,
      ...options,
    });
  const secure = await startSecureCluster([]);
  const { address: server } = secure.server;
  await expect(worker(secure.dir, { server, credentials: secure.credentials })).rejects.toMatchObject({
    code: "REFUSED",
    hint: expect.stringContaining("--tls-cert"),
  });
  const plain = await startCluster([]);
  await expect(
    worker(plain.dir, { server: plain.server.address, identity: secure.identity }),
  ).rejects.toMatchObject({ code: "REFUSED", message: expect.stringMatching(/does not use TLS/) });
});

test("whoever breaks off a handshake, or sends garbage in its place, harms nobody", async () => {
  await using secure = await startSecureServer();
  const [host, port] = secure.server.address.split(":");
  const target = { host, port: Number(port) };
  for (const bytes of [
    "",
    "GET / HTTP/1.1\r\n\r\n",
    Buffer.alloc(100_000, 0x16),
    Buffer.from([0x16, 3, 1, 0]),
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connectTcp(target, () => socket.end(bytes));
      socket.on("error", () => {}).on("close", () => resolve());
      socket.resume();
    });
  }
  await new Promise<void>((resolve) => {
    const socket = connectTls({ ...target, ca: secure.identity.cert }, () => socket.destroy());
    socket.on("error", () => {}).on("close", () => resolve());
  });
  await using client = await connect(secure.server.address, { tls: { ca: secure.identity.cert } });
  expect((await client.status()).workers).toEqual([]);
});
