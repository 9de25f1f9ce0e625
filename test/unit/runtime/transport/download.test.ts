import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Download, download } from "../../../../src/runtime/transport/download.ts";
import { sendFile } from "../../../../src/runtime/transport/send-file.ts";

const MiB = 1 << 20;
const never = new AbortController().signal;

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/objects/1/2`;
}

/** A peer that sends arbitrary bytes, whether they are HTTP or not. */
async function speak(say: (socket: Socket) => void): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => say(socket));
    onTestFinished(() => void socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function servedFile(size: number) {
  const directory = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "file");
  const bytes = randomBytes(size);
  await writeFile(path, bytes);
  const sent: number[] = [];
  const failed: Error[] = [];
  const url = await serve((request, response) => {
    sendFile(request, response, path, { size, headers: { "x-rain-size": String(size) } }).then(
      (length) => sent.push(length),
      (error) => {
        failed.push(error);
        response.destroy();
      },
    );
  });
  return { url, path, bytes, sent, failed };
}

async function read({ body }: Download, pause = async () => {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
    await pause();
  }
  return Buffer.concat(chunks);
}

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a file over HTTP", () => {
  test.each([0, 1, MiB - 200, MiB, MiB + 1, 23 * MiB + 7])("of %i bytes arrives unchanged", async (size) => {
    const { url, bytes, sent } = await servedFile(size);
    const answer = await download(url, {}, never);
    expect(answer).toMatchObject({ status: 200, length: size, headers: { "x-rain-size": String(size) } });
    expect(hash(await read(answer))).toBe(hash(bytes));
    await expect.poll(() => sent).toEqual([size]);
  });

  test("arrives unchanged at a slow reader, for which the sender waits", async () => {
    const { url, bytes, sent } = await servedFile(48 * MiB);
    const answer = await download(url, {}, never);
    let turn = 0;
    const received = await read(answer, async () => {
      if (turn++ === 0) await sleep(300);
      if (turn === 1) expect(sent).toEqual([]);
    });
    expect(hash(received)).toBe(hash(bytes));
  });

  test("starts where the range begins; a range beyond the end gives the whole file", async () => {
    const { url, bytes } = await servedFile(3 * MiB);
    const rest = await download(url, { range: `bytes=${MiB + 5}-` }, never);
    expect(rest).toMatchObject({ status: 206, length: 2 * MiB - 5 });
    expect(rest.headers["content-range"]).toBe(`bytes ${MiB + 5}-${3 * MiB - 1}/${3 * MiB}`);
    expect((await read(rest)).equals(bytes.subarray(MiB + 5))).toBe(true);
    for (const range of [`bytes=${3 * MiB}-`, "bytes=-5", "bytes=1-2", "lines=1-"]) {
      const all = await download(url, { range }, never);
      expect(all).toMatchObject({ status: 200, length: 3 * MiB });
      all.close();
    }
  });

  test("that is too short fails on both sides, after the existing bytes", async () => {
    const { url, path, failed } = await servedFile(5 * MiB);
    await truncate(path, 2 * MiB + 9);
    const answer = await download(url, {}, never);
    await expect(read(answer)).rejects.toThrow("before the end");
    await expect
      .poll(() => failed.map(({ message }) => message))
      .toEqual([`the file ends at byte ${2 * MiB + 9}, before ${5 * MiB}`]);
  });

  test("can be removed while it is sent", async () => {
    const { url, path, bytes } = await servedFile(16 * MiB);
    const answer = await download(url, {}, never);
    await rm(path);
    expect(hash(await read(answer))).toBe(hash(bytes));
  });

  test("that is not read to its end closes the connection and the file of the sender", async () => {
    const { url, failed, path } = await servedFile(32 * MiB);
    const answer = await download(url, {}, never);
    for await (const _ of answer.body) break;
    await expect.poll(() => failed.length, { timeout: 5_000 }).toBe(1);
    await (await open(path)).close();
  });
});

describe("a download that fails", () => {
  test("yields the bytes that arrived before the connection broke", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 3 * MiB });
      response.write(Buffer.alloc(MiB + 1000, "x"), () => response.destroy());
    });
    const { body } = await download(url, {}, never);
    let length = 0;
    const reading = (async () => {
      for await (const chunk of body) length += chunk.length;
    })();
    await expect(reading).rejects.toThrow(`closed ${2 * MiB - 1000} bytes before the end`);
    expect(length).toBe(MiB + 1000);
  });

  test("ends when its signal aborts before the answer, while waiting for it, or in the body", async () => {
    await expect(download("http://127.0.0.1:9/", {}, AbortSignal.abort(new Error("no")))).rejects.toThrow(
      "no",
    );
    const silent = await serve(() => {});
    await expect(download(silent, {}, AbortSignal.timeout(20))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const slow = await serve((_, response) => {
      response.writeHead(200, { "content-length": 3 * MiB }).write("the beginning");
    });
    const answer = await download(slow, {}, AbortSignal.timeout(50));
    await expect(read(answer)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test.each([
    ["no HTTP", "220 mail.example ESMTP\r\n\r\n", "it did not answer with HTTP"],
    ["a head without end", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_000)}`, "it did not answer with HTTP"],
    ["nothing", "", "closed the connection"],
    ["half a head", "HTTP/1.1 200 OK\r\ncontent-le", "closed the connection"],
  ])("is an error for %s", async (_, text, message) => {
    const url = await speak((socket) => socket.end(text));
    await expect(download(url, {}, never)).rejects.toThrow(message);
  });

  test("fails if more bytes arrive than announced", async () => {
    const url = await speak((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntoo much"));
    const answer = await download(url, {}, never);
    await expect(read(answer)).rejects.toThrow("more than it announced");
  });

  test("has no length for a chunked answer, which cannot be read", async () => {
    const url = await serve((_, response) => void response.writeHead(200).end("chunked"));
    const answer = await download(url, {}, never);
    expect(answer.length).toBeUndefined();
    answer.close();
  });

  test("fails at a closed port", async () => {
    const url = await speak(() => {});
    await expect(download(url.replace(/:\d+/, ":9"), {}, never)).rejects.toThrow("ECONNREFUSED");
  });
});
