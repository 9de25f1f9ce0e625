import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, startCluster, type TestCluster } from "./cluster.ts";

/** Sends these very bytes, and then the end if it is to be cut off. Answers what comes until the connection is closed. */
function say(address: string, bytes: string, { cutOff = false } = {}): Promise<string> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    let answer = "";
    socket.setEncoding("latin1").on("data", (text) => {
      answer += text;
    });
    socket.on("error", () => {}).on("close", () => resolve(answer));
    socket.write(bytes);
    if (cutOff) socket.end();
  });
}

function request(start: string, headers = "", body = ""): string {
  return `${start} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${headers}\r\n${body}`;
}

async function openSession(cluster: TestCluster): Promise<number> {
  return (await cluster.client.newSession({ name: "own" })).id;
}

const blobHeaders = "x-rain-data-type: blob\r\n";

describe("the HTTP API", () => {
  it.each([
    ["a path of two slashes", "GET //", 400],
    ["another scheme", "GET http://[/", 400],
    ["half an escape", "GET /api/v1/sessions/%zz", 400],
    ["no UTF-8", "GET /api/v1/sessions/%ff", 400],
    ["a method that it does not know", "PATCH /api/v1/status", 400],
    ["a session of no size", "GET /api/v1/sessions/99999999999999999999/objects/0", 404],
    ["an object of no session", "GET /objects/1/99999999999999999999", 404],
    ["the prototype", "GET /api/v1/sessions/__proto__", 404],
    ["a path out of the plugins", `GET /api/v1/plugins/${"../".repeat(20)}etc/passwd`, 404],
    ["a task that is none", "GET /api/v1/sessions/own/logs?task=NaN", 400],
    ["a task below zero", "GET /api/v1/sessions/own/logs?task=-1", 400],
  ])("answers %s with an error as JSON", async (_, start, status) => {
    const cluster = await startCluster([]);
    await openSession(cluster);
    const answer = await say(cluster.server.address, request(start));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? "")).toMatchObject({
      error: { code: expect.stringMatching(/USAGE|NOT_FOUND|INVALID_MESSAGE/) },
    });
  });

  it.each([
    ["no HTTP", "hello\r\n\r\n"],
    ["endless headers", `GET / HTTP/1.1\r\nx: ${"x".repeat(100_000)}\r\n\r\n`],
    ["two lengths", request("PUT /", "content-length: 5\r\ncontent-length: 6\r\n", "hello")],
    ["a length below zero", request("PUT /", "content-length: -5\r\n", "hello")],
    ["a strange chunk", request("PUT /", "transfer-encoding: chunked\r\n", "zz\r\nhello\r\n")],
  ])("closes the connection on %s", async (_, bytes) => {
    const cluster = await startCluster([]);
    expect(await say(cluster.server.address, bytes)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await cluster.client.status()).toMatchObject({ sessions: [] });
  });

  it("keeps nothing of an upload that is cut off, has no type, or belongs to no object", async () => {
    const cluster = await startCluster([]);
    const session = await openSession(cluster);
    const { address } = cluster.server;
    const target = `PUT /api/v1/sessions/${session}/constants`;
    await say(address, request(`${target}/0`, `${blobHeaders}content-length: 100000\r\n`, "only this"), {
      cutOff: true,
    });
    for (const [path, headers, status] of [
      ["0", "", 400],
      ["0", "x-rain-data-type: pipe\r\n", 400],
      ["0", "x-rain-data-type: blob\r\nx-rain-content-type: %zz\r\n", 400],
      ["4294967296", blobHeaders, 400],
      ["-1", blobHeaders, 404],
      ["..%2f..%2fescaped", blobHeaders, 404],
    ] as const) {
      const answer = await say(address, request(`${target}/${path}`, `${headers}content-length: 1\r\n`, "x"));
      expect(answer, path).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
    const constants = join(cluster.dir, "constants");
    const left = async () => (await readdir(constants, { recursive: true })).join();
    await eventually(async () => (await left()) === String(session), "nothing is left");
  });

  it("takes two uploads of one constant at the same time without mixing them", async () => {
    const cluster = await startCluster([]);
    const session = await openSession(cluster);
    const bodies = ["a", "b"].map((letter) => letter.repeat(300_000));
    const put = (body: string) =>
      say(
        cluster.server.address,
        request(
          `PUT /api/v1/sessions/${session}/constants/0`,
          `${blobHeaders}content-length: ${body.length}\r\n`,
          body,
        ),
      );
    const answers = await Promise.all([...bodies, ...bodies].map(put));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 201 /);
    const stored = await say(cluster.server.address, request(`GET /objects/${session}/0`));
    expect(bodies).toContain(stored.slice(stored.indexOf("\r\n\r\n") + 4));
    expect(await readdir(join(cluster.dir, "constants", String(session)))).toEqual(["0"]);
  });
});

describe("the data server of a worker", () => {
  it.each([
    ["another path", "GET /etc/passwd", "", "", 404],
    ["a path that leads up", "GET /objects/../../etc/passwd", "", "", 404],
    ["another method", "DELETE /objects/1/0", "", "", 400],
    ["what is not there", "GET /objects/1/0", "", "", 404],
    ["a number that is none", "GET /objects/1/1e3", "", "", 404],
    ["a batch that is cut off", "POST /objects/1/batch", "content-length: 3\r\n", "abc", 400],
    [
      "a batch that is too large",
      "POST /objects/1/batch",
      "content-length: 100000\r\n",
      "x".repeat(100_000),
      413,
    ],
  ])("answers %s with an error", async (_, start, headers, body, status) => {
    const cluster = await startCluster();
    const [{ address }] = (await cluster.client.status()).workers;
    const bytes = `${start} HTTP/1.1\r\nhost: ${address}\r\nconnection: close\r\n${headers}\r\n${body}`;
    expect(await say(address, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
