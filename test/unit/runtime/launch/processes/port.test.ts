import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { checkFree } from "../../../../../src/runtime/launch/processes/port.ts";
import { makeCertificate } from "../../../../certificates.ts";

/** Listens on a free port until the test is over. */
async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

const refuse: RequestListener = (_, response) => {
  const details = { owner: { user: "ada", uid: 1000 } };
  const error = new RainError("UNAUTHORIZED", "it belongs to ada", { details });
  response.writeHead(401, { connection: "close" }).end(JSON.stringify({ error }));
};
const answer =
  (status: number, text: string): RequestListener =>
  (_, response) =>
    response.writeHead(status, { connection: "close" }).end(text);

async function messageAt(port: number): Promise<string> {
  const error = await checkFree({ host: "127.0.0.1", port }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "START_FAILED", hint: expect.stringContaining("--listen 0") });
  return error.message.replace(`cannot listen on 127.0.0.1:${port}: `, "");
}

it("says whose Rain server listens on a port", async () => {
  expect(await messageAt(await portOf(createServer(refuse)))).toBe(
    "the Rain server of user ada (uid 1000) is listening there",
  );
});

it("says it of a server with TLS, whatever its certificate", async () => {
  const directory = await mkdtemp(join(tmpdir(), "port-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { cert, key } = makeCertificate(directory, "server", { names: "DNS:rain.example" });
  expect(await messageAt(await portOf(createTlsServer({ cert, key }, refuse)))).toBe(
    "the Rain server of user ada (uid 1000) is listening there",
  );
});

it("recognizes a Rain server that requires no token", async () => {
  const status = JSON.stringify({ server: { version: "1.0.0" }, workers: [] });
  expect(await messageAt(await portOf(createServer(answer(200, status))))).toBe(
    "a Rain server without a token is listening there",
  );
});

it.each([
  ["answers with a page", createServer(answer(200, "<html>"))],
  ["refuses in its own way", createServer(answer(401, '{"error":{"code":"NO","details":{}}}'))],
  ["never stops to answer", createServer(answer(200, "[".repeat(1 << 20)))],
  ["closes every connection", createTcpServer((socket) => socket.destroy())],
])("calls a program that %s another program", async (_, server) => {
  expect(await messageAt(await portOf(server))).toBe("another program is listening there");
});

it("does not wait for a program that says nothing", async () => {
  const silent = createTcpServer((socket) => void socket.on("error", () => {}).resume());
  expect(await messageAt(await portOf(silent))).toBe("another program is listening there");
}, 10_000);

it("accepts a free port, and 0", async () => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await checkFree({ host: "127.0.0.1", port });
  await checkFree({ host: "127.0.0.1", port: 0 });
});
