import { createHash, randomBytes, randomFillSync } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  appendFile,
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { packTar } from "modern-tar";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RainError } from "../../../../../src/runtime/errors.ts";
import { SERVER_SLOT } from "../../../../../src/runtime/model/slots.ts";

import { presentHead } from "../../../../../src/runtime/transport/object-batch.ts";
import { DataServer } from "../../../../../src/runtime/worker/transfer/data-server.ts";
import { Fetcher } from "../../../../../src/runtime/worker/transfer/fetcher.ts";
import { bytesOf, eventually, KiB, MiB, newStore, silent } from "../support.ts";

const SESSION = 7;
const PEER = 2;

/** A store that is served, as on another worker: by default on a machine that cannot be told, so that everything is sent. */
async function newPeer(host = "") {
  const { store, scratch } = await newStore();
  const server = new DataServer(store, silent, host);
  await server.listen("127.0.0.1");
  onTestFinished(() => server.close());
  return { store, scratch, server, url: server.url };
}

/** An HTTP server that answers as the test says, and counts what it is asked. */
async function newFakePeer(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, address: `127.0.0.1:${port}`, asked };
}

/** A fetcher into a store of its own, which knows the peer by its slot. */
async function newFetcher(options: { peer?: string; server?: string; host?: string } = {}) {
  const { store, directory, scratch: incoming } = await newStore();
  const arrived: number[] = [];
  const lost = new Map<number, RainError>();
  const fetcher = new Fetcher({
    store,
    server: options.server ?? "127.0.0.1:9",
    host: options.host ?? "",
    incoming,
    onArrived: (_, object) => arrived.push(object),
    onLost: (_session, object, _source, error) => lost.set(object, error),
  });
  onTestFinished(() => fetcher.close());
  if (options.peer) fetcher.addPeers([{ slot: PEER, url: options.peer }]);
  const fetchAll = async (requests: { object: number; size: number; source?: number }[]) => {
    for (const request of requests) fetcher.fetch(SESSION, { source: PEER, ...request });
    await eventually(
      () => arrived.length + lost.size >= requests.length,
      "everything has arrived or is lost",
    );
  };
  return { fetcher, store, directory, incoming, arrived, lost, fetchAll };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** A file of random bytes, written piece by piece. Answers its hash. */
async function writeRandomFile(path: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(MiB);
  const file = await open(path, "w");
  for (let written = 0; written < size; written += piece.length) {
    randomFillSync(piece);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return hash.digest("hex");
}

describe("a peer that hangs up in the middle of a body", () => {
  test.each(["ends", "resets"])(
    "%s the connection, which loses that object and nothing else",
    async (way) => {
      const head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1048581\r\n";
      const info = "x-rain-data-type: blob\r\nx-rain-content-type: \r\nx-rain-size: 1048581\r\n\r\n";
      const server = createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => {
          socket.write(Buffer.concat([Buffer.from(head + info), Buffer.alloc(552_874)]), () => {
            if (way === "ends") socket.end();
            else socket.resetAndDestroy();
          });
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const { fetchAll, lost, incoming } = await newFetcher({ peer: `http://127.0.0.1:${port}` });
      await fetchAll(Array.from({ length: 12 }, (_, object) => ({ object, size: 100_000 })));
      expect(lost.size).toBe(12);
      expect(await readdir(incoming)).toEqual([]);
    },
  );
});

describe("between two workers on one machine", () => {
  /** A large object at a peer on machine `there`, fetched by a worker on machine `here`. */
  async function fetchLarge({ here, there }: { here: string; there: string }) {
    const peer = await newPeer(there);
    const source = join(peer.scratch, "large");
    const hash = await writeRandomFile(source, 3 * MiB);
    const { content } = await peer.store.adopt(SESSION, 1, source, "text");
    const { fetchAll, store } = await newFetcher({ peer: peer.url, host: here });
    await fetchAll([{ object: 1, size: 3 * MiB }]);
    const arrived = store.get(SESSION, 1);
    expect(arrived).toMatchObject({ contentType: "text", content: { size: 3 * MiB, dataType: "blob" } });
    expect(await hashOf(arrived?.content.path ?? "")).toBe(hash);
    const [inode, original] = await Promise.all(
      [arrived?.content.path ?? "", content.path ?? ""].map((path) => stat(path)),
    );
    return { peer, isLinked: inode.ino === original.ino, path: arrived?.content.path ?? "", hash };
  }

  test("a large object is linked, not sent, and stays when the peer drops it", async () => {
    const { peer, isLinked, path, hash } = await fetchLarge({ here: "a", there: "a" });
    expect({ isLinked, sent: peer.server.sent }).toEqual({ isLinked: true, sent: 0 });
    peer.store.drop(SESSION, 1);
    expect(await hashOf(path)).toBe(hash);
  });

  test("a large object that somebody changes after it was linked, and before it is stored, is lost and not taken", async () => {
    const peer = await newPeer("a");
    const source = join(peer.scratch, "large");
    await writeRandomFile(source, 3 * MiB);
    const { content } = await peer.store.adopt(SESSION, 1, source, "");
    const { fetchAll, store, directory, lost } = await newFetcher({ peer: peer.url, host: "a" });
    const adopt = store.adopt.bind(store);
    store.adopt = async (...args) => {
      await chmod(content.path ?? "", 0o644);
      await appendFile(content.path ?? "", "EVIL");
      await chmod(content.path ?? "", 0o444);
      return await adopt(...args);
    };
    await fetchAll([{ object: 1, size: 3 * MiB }]);
    expect(lost.get(1)).toMatchObject({ code: "OBJECT_LOST" });
    expect(store.has(SESSION, 1)).toBe(false);
    await store.close();
    expect(await readdir(join(directory, String(SESSION)))).toEqual([]);
    expect(store.fileBytes).toBe(0);
  });

  test("workers on different machines, or on ones that cannot be told, send it", async () => {
    for (const [here, there] of [
      ["a", "b"],
      ["", ""],
      ["a", ""],
    ]) {
      const { peer, isLinked } = await fetchLarge({ here, there });
      expect({ isLinked, sent: peer.server.sent }).toEqual({ isLinked: false, sent: 3 * MiB });
    }
  });

  test("the bytes are asked for when the named file is out of reach, or another one", async () => {
    const { scratch } = await newStore();
    const other = join(scratch, "other");
    await writeFile(other, "not the object");
    for (const path of [join(scratch, "missing"), other]) {
      const peer = await newFakePeer(({ headers }, response) => {
        response.setHeader("x-rain-data-type", "blob").setHeader("x-rain-size", String(2 * MiB));
        if (!headers["x-rain-host"]) response.end(Buffer.alloc(2 * MiB, "r"));
        else
          response.setHeader("x-rain-path", encodeURIComponent(path)).setHeader("x-rain-file", "1:2").end();
      });
      const { fetchAll, store } = await newFetcher({ peer: peer.url, host: "a" });
      await fetchAll([{ object: 1, size: 2 * MiB }]);
      expect(store.get(SESSION, 1)?.content.size).toBe(2 * MiB);
      expect(peer.asked).toHaveLength(2);
    }
  });
});

describe("between two workers", () => {
  test("many small objects come in few requests, with their bytes and content types", async () => {
    const peer = await newPeer();
    const count = 10_000;
    for (let object = 0; object < count; object++)
      peer.store.put(SESSION, object, bytesOf(`object ${object}`), "text");
    const { fetchAll, store, arrived, fetcher } = await newFetcher({ peer: peer.url });
    await fetchAll(Array.from({ length: count }, (_, object) => ({ object, size: 12 })));
    expect(new Set(arrived).size).toBe(count);
    for (const object of [0, 4095, 4096, count - 1]) {
      const stored = store.get(SESSION, object);
      expect(Buffer.from(stored?.content.bytes ?? []).toString()).toBe(`object ${object}`);
      expect(stored?.contentType).toBe("text");
    }
    expect(fetcher.received).toBe(peer.server.sent);
    expect(fetcher.received).toBeGreaterThan(count * 8);
  });

  test("empty objects, objects that lie in files there, and several sessions come too", async () => {
    const peer = await newPeer();
    peer.store.put(SESSION, 0, new Uint8Array(), "");
    await writeFile(join(peer.scratch, "file"), "from a file");
    await peer.store.adopt(SESSION, 1, join(peer.scratch, "file"), "");
    peer.store.put(SESSION + 1, 0, bytesOf("of another session"), "");
    const { fetchAll, store, fetcher, arrived } = await newFetcher({ peer: peer.url });
    fetcher.fetch(SESSION + 1, { object: 0, size: 18, source: PEER });
    await fetchAll([0, 1].map((object) => ({ object, size: 11 })));
    await eventually(() => arrived.length === 3, "all three are here");
    expect(store.get(SESSION, 0)?.content.size).toBe(0);
    expect(Buffer.from(store.get(SESSION, 1)?.content.bytes ?? []).toString()).toBe("from a file");
    expect(Buffer.from(store.get(SESSION + 1, 0)?.content.bytes ?? []).toString()).toBe("of another session");
  });

  test("a large object comes through in flat memory, with the right hash", async () => {
    const size = 192 * MiB;
    const peer = await newPeer();
    const hash = await writeRandomFile(join(peer.scratch, "large"), size);
    await peer.store.adopt(SESSION, 0, join(peer.scratch, "large"), "mime/x");
    const { fetcher, store, arrived, lost, incoming } = await newFetcher({ peer: peer.url });
    const before = process.memoryUsage.rss();
    let peak = before;
    fetcher.fetch(SESSION, { object: 0, size, source: PEER });
    await eventually(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
      return arrived.length + lost.size > 0;
    }, "the large object is here");
    expect(lost).toEqual(new Map());
    expect(peak - before, "growth of sender and receiver together").toBeLessThan(100 * MiB);
    const stored = store.get(SESSION, 0);
    expect(stored).toMatchObject({ contentType: "mime/x", content: { size, dataType: "blob" } });
    expect(await hashOf(stored?.content.path ?? "")).toBe(hash);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("a directory arrives as a directory, whatever size was announced", async () => {
    const peer = await newPeer();
    const tree = join(peer.scratch, "tree");
    await mkdir(join(tree, "sub"), { recursive: true });
    await writeFile(join(tree, "sub", "a"), "hello");
    await symlink("sub/a", join(tree, "link"));
    await peer.store.adopt(SESSION, 0, tree, "user/tree");
    const { fetchAll, store, lost } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 5 }]);
    expect(lost).toEqual(new Map());
    const stored = store.get(SESSION, 0);
    expect(stored).toMatchObject({ contentType: "user/tree", content: { size: 5, dataType: "dir" } });
    expect(await readFile(join(stored?.content.path ?? "", "link"), "utf8")).toBe("hello");
  });

  test("files keep their modification times and stay executable, in batches, alone and on one machine", async () => {
    const facts = { modifiedAt: 1_000_000, executable: true };
    for (const host of ["", "same machine"]) {
      const peer = await newPeer(host);
      const sizes = [10, 300 * KiB, 2 * MiB];
      for (const [object, size] of sizes.entries()) {
        const path = join(peer.scratch, String(object));
        await writeFile(path, new Uint8Array(size), { mode: 0o755 });
        await utimes(path, 1000, 1000);
        await peer.store.adopt(SESSION, object, path, "");
      }
      const { fetchAll, store } = await newFetcher({ peer: peer.url, host });
      await fetchAll(sizes.map((size, object) => ({ object, size })));
      const contents = sizes.map((_, object) => store.get(SESSION, object)?.content);
      expect(contents.map((content) => content?.file)).toEqual([facts, facts, facts]);
      expect((await stat(contents[2]?.path ?? "")).mode & 0o777).toBe(0o555);
    }
  });

  test.each([
    ["of a batch", "", 10],
    ["alone", "", 300 * KiB],
    ["to a large file", "", 2 * MiB],
    ["as a link", "same machine", 2 * MiB],
  ])("changed bytes are never sent %s: the object is given up instead", async (_, host, size) => {
    const peer = await newPeer(host);
    const path = join(peer.scratch, "file");
    await writeFile(path, new Uint8Array(size));
    const { content } = await peer.store.adopt(SESSION, 0, path, "");
    const givenUp: number[] = [];
    peer.store.onGivenUp((_session, object) => givenUp.push(object));
    await appendFile(content.path ?? "", "EVIL");
    const { fetchAll, lost, arrived } = await newFetcher({ peer: peer.url, host });
    await fetchAll([{ object: 0, size }]);
    expect([arrived, [...lost.keys()], givenUp]).toEqual([[], [0], [0]]);
  });

  test("a directory is not sent to its end if a file in it was changed", async () => {
    const peer = await newPeer();
    const tree = join(peer.scratch, "tree");
    await mkdir(tree);
    await writeFile(join(tree, "a"), "hello");
    const { content } = await peer.store.adopt(SESSION, 0, tree, "");
    await writeFile(join(content.path ?? "", "a"), "EVIL!");
    const { fetchAll, lost, arrived } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 5 }]);
    expect([arrived, [...lost.keys()]]).toEqual([[], [0]]);
  });

  test("what is announced as small but is not comes all the same", async () => {
    const peer = await newPeer();
    peer.store.put(SESSION, 0, new Uint8Array(300 * KiB).fill(1), "");
    const { fetchAll, store } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 10 }]);
    expect(store.get(SESSION, 0)?.content.size).toBe(300 * KiB);
  });

  test("an object that is dropped while it is sent comes through to its end", async () => {
    const peer = await newPeer();
    const hash = await writeRandomFile(join(peer.scratch, "large"), 64 * MiB);
    await peer.store.adopt(SESSION, 0, join(peer.scratch, "large"), "");
    const { fetcher, store, arrived, incoming } = await newFetcher({ peer: peer.url });
    fetcher.fetch(SESSION, { object: 0, size: 64 * MiB, source: PEER });
    await eventually(async () => (await readdir(incoming)).length > 0, "the transfer has begun");
    peer.store.drop(SESSION, 0);
    await eventually(() => arrived.length === 1, "the object is here");
    expect(await hashOf(store.get(SESSION, 0)?.content.path ?? "")).toBe(hash);
  });

  test("an object that is not there is lost, and the message names it and the peer", async () => {
    const peer = await newPeer();
    peer.store.put(SESSION, 1, bytesOf("here"), "");
    const { fetchAll, lost, arrived } = await newFetcher({ peer: peer.url });
    await fetchAll([
      { object: 0, size: 4 },
      { object: 1, size: 4 },
      { object: 2, size: MiB },
    ]);
    expect(arrived).toEqual([1]);
    expect([...lost.keys()].sort()).toEqual([0, 2]);
    expect(lost.get(0)?.code).toBe("OBJECT_LOST");
    expect(lost.get(0)?.message).toBe(
      `object 0 of session ${SESSION} could not be fetched from worker ${PEER} (${peer.url}): it is not there`,
    );
  });

  test("what nobody needs any more does not reach the store", async () => {
    const peer = await newPeer();
    for (const object of [0, 1, 2])
      peer.store.put(SESSION, object, new Uint8Array(object === 2 ? 2 * MiB : 10), "");
    const { fetcher, store, arrived, lost } = await newFetcher({ peer: peer.url });
    fetcher.fetch(SESSION, { object: 0, size: 10, source: PEER });
    fetcher.fetch(SESSION, { object: 1, size: 10, source: PEER });
    fetcher.fetch(SESSION, { object: 2, size: 2 * MiB, source: PEER });
    fetcher.cancel(SESSION, 0);
    fetcher.cancel(SESSION, 2);
    await eventually(() => arrived.length === 1, "the other one is here");
    await fetcher.close();
    expect([0, 1, 2].map((object) => store.has(SESSION, object))).toEqual([false, true, false]);
    expect(lost).toEqual(new Map());
  });

  test("what is given up while a batch is under way does not reach the store either", async () => {
    const answers: ServerResponse[] = [];
    const peer = await newFakePeer((_, response) => answers.push(response));
    const { fetcher, store, arrived } = await newFetcher({ peer: peer.url });
    for (const object of [0, 1]) fetcher.fetch(SESSION, { object, size: 1, source: PEER });
    await eventually(() => answers.length === 1, "the batch is asked for");
    fetcher.cancel(SESSION, 0);
    const info = { size: 1, dataType: "blob" as const, contentType: "" };
    const records = [0, 1].flatMap((object) => [presentHead(object, info, 1), bytesOf("x")]);
    answers[0].end(Buffer.concat(records));
    await eventually(() => arrived.length > 0, "the answer is here");
    expect(arrived).toEqual([1]);
    expect(store.has(SESSION, 0)).toBe(false);
  });

  test("what was given up and is wanted again comes", async () => {
    const peer = await newPeer();
    peer.store.put(SESSION, 0, bytesOf("hello"), "");
    const { fetcher, store, fetchAll } = await newFetcher({ peer: peer.url });
    fetcher.fetch(SESSION, { object: 0, size: 5, source: PEER });
    fetcher.cancel(SESSION, 0);
    await fetchAll([{ object: 0, size: 5 }]);
    expect(store.has(SESSION, 0)).toBe(true);
  });
});

describe("the server as a peer", () => {
  test("its constants come one by one, small ones into memory", async () => {
    const constant = bytesOf("constant");
    const server = await newFakePeer((_, response) => {
      response.writeHead(200, { "content-length": constant.length, "x-rain-data-type": "blob" });
      response.end(constant);
    });
    const { fetchAll, store } = await newFetcher({ server: server.address });
    await fetchAll([{ object: 4, size: constant.length, source: SERVER_SLOT }]);
    expect(server.asked).toEqual([`GET /objects/${SESSION}/4`]);
    expect(Buffer.from(store.get(SESSION, 4)?.content.bytes ?? []).toString()).toBe("constant");
  });

  test("a directory that it sent along is unpacked; one that is hostile is lost", async () => {
    const { fetcher, store, arrived, lost, incoming } = await newFetcher();
    const good = await packTar([{ header: { name: "a", size: 5 }, body: "hello" }]);
    const bad = await packTar([{ header: { name: "/a", size: 5 }, body: "hello" }]);
    fetcher.unpack(SESSION, 0, { size: 5, dataType: "dir", contentType: "" }, good);
    fetcher.unpack(SESSION, 1, { size: 5, dataType: "dir", contentType: "" }, bad);
    await eventually(() => arrived.length + lost.size === 2, "both are done with");
    expect(await readFile(join(store.get(SESSION, 0)?.content.path ?? "", "a"), "utf8")).toBe("hello");
    expect(lost.get(1)?.message).toContain("outside of its directory");
    expect(await readdir(incoming)).toEqual([]);
  });
});

describe("peers that fail", () => {
  const blob = (response: ServerResponse, length: number) =>
    response.writeHead(200, { "content-length": length, "x-rain-data-type": "blob", "x-rain-size": length });

  test.each([
    ["a small", 10],
    ["a large", 3 * MiB],
  ])("%s answer that is cut off is asked for again", async (_, size) => {
    const peer = await newFakePeer((_request: IncomingMessage, response) => {
      blob(response, size);
      if (peer.asked.length > 2) response.end(Buffer.alloc(size, 1));
      else response.write(Buffer.alloc(size / 2, 1), () => response.destroy());
    });
    const { fetchAll, store, lost, incoming } = await newFetcher({ server: peer.address });
    await fetchAll([{ object: 0, size, source: SERVER_SLOT }]);
    expect(lost).toEqual(new Map());
    expect(peer.asked).toHaveLength(3);
    expect(store.get(SESSION, 0)?.content.size).toBe(size);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("a large object whose connection is cut in the middle comes on from there", async () => {
    const size = 9 * MiB;
    const bytes = randomBytes(size);
    const starts: number[] = [];
    const peer = await newFakePeer(({ headers }, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      starts.push(start);
      response.setHeader("x-rain-data-type", "blob").setHeader("x-rain-size", size);
      response.writeHead(start > 0 ? 206 : 200, { "content-length": size - start });
      if (starts.length === 3) response.end(bytes.subarray(start));
      else response.write(bytes.subarray(start, start + 3 * MiB), () => response.destroy());
    });
    const { fetchAll, store, lost, incoming } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size }]);
    expect(lost).toEqual(new Map());
    expect(starts).toEqual([0, 3 * MiB, 6 * MiB]);
    expect((await readFile(store.get(SESSION, 0)?.content.path ?? "")).equals(bytes)).toBe(true);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("a file that is shorter than it should be is lost, and nothing of it stays", async () => {
    const peer = await newPeer();
    await writeRandomFile(join(peer.scratch, "large"), 4 * MiB);
    const { content } = await peer.store.adopt(SESSION, 0, join(peer.scratch, "large"), "");
    await chmod(content.path ?? "", 0o644);
    await truncate(content.path ?? "", 3 * MiB);
    const { fetchAll, lost, incoming, store } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 4 * MiB }]);
    expect(lost.get(0)?.message).toContain("closed the connection");
    expect(store.has(SESSION, 0)).toBe(false);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("a large object of another length than it says is lost at once", async () => {
    const peer = await newFakePeer((_, response) => {
      response.setHeader("x-rain-data-type", "blob").setHeader("x-rain-size", 2 * MiB);
      response.end(Buffer.alloc(2 * MiB - 1));
    });
    const { fetchAll, lost, incoming } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 2 * MiB }]);
    expect(lost.get(0)?.message).toContain(`announced ${2 * MiB} bytes but sends up to ${2 * MiB - 1}`);
    expect(peer.asked).toHaveLength(1);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("after three tries the object is lost, and nothing of it stays", async () => {
    const peer = await newFakePeer((_, response) => {
      blob(response, 3 * MiB);
      response.write(Buffer.alloc(MiB), () => response.destroy());
    });
    const { fetchAll, lost, store, incoming } = await newFetcher({ peer: peer.url });
    await fetchAll([{ object: 0, size: 3 * MiB }]);
    expect(lost.get(0)).toMatchObject({ code: "OBJECT_LOST" });
    expect(peer.asked).toHaveLength(3);
    expect(store.has(SESSION, 0)).toBe(false);
    expect(await readdir(incoming)).toEqual([]);
  });

  test("a batch that is cut off is asked for again, without what has come already", async () => {
    const peer = await newPeer();
    for (let object = 0; object < 3; object++) peer.store.put(SESSION, object, new Uint8Array(40 * KiB), "");
    const bodies: number[] = [];
    const proxy = await newFakePeer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      bodies.push(body.length / 4);
      const forwarded = request(`${peer.url}${incoming.url}`, { method: "POST" }, async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part);
        const whole = Buffer.concat(parts);
        response.writeHead(200);
        if (bodies.length > 1) response.end(whole);
        else response.write(whole.subarray(0, 60 * KiB), () => response.destroy());
      });
      forwarded.end(body);
    });
    const { fetchAll, arrived, lost } = await newFetcher({ peer: proxy.url });
    await fetchAll([0, 1, 2].map((object) => ({ object, size: 40 * KiB })));
    expect(lost).toEqual(new Map());
    expect(arrived.sort()).toEqual([0, 1, 2]);
    expect(bodies).toEqual([3, 2]);
  });

  test("a peer that is dead or unknown loses its objects, in batches and alone", async () => {
    const { server, url } = await newPeer();
    await server.close();
    const { fetchAll, lost } = await newFetcher({ peer: url });
    await fetchAll([
      { object: 0, size: 10 },
      { object: 1, size: MiB },
      { object: 2, size: 10, source: 99 },
    ]);
    expect([...lost.keys()].sort()).toEqual([0, 1, 2]);
    expect(lost.get(0)?.message).toContain("ECONNREFUSED");
    expect(lost.get(2)?.message).toContain("worker 99");
  });

  test("an answer that is no object is lost at once", async () => {
    const peer = await newFakePeer((_, response) => response.end("<html>hello</html>"));
    const { fetchAll, lost } = await newFetcher({ peer: peer.url });
    await fetchAll([
      { object: 0, size: 10 },
      { object: 1, size: MiB },
    ]);
    expect([...lost.keys()].sort()).toEqual([0, 1]);
    expect(peer.asked).toHaveLength(2);
  });

  test("closing breaks off a transfer that hangs", async () => {
    const peer = await newFakePeer((_, response) => blob(response, 3 * MiB).flushHeaders());
    const { fetcher, incoming, lost } = await newFetcher({ peer: peer.url });
    fetcher.fetch(SESSION, { object: 0, size: 3 * MiB, source: PEER });
    await eventually(async () => (await readdir(incoming)).length > 0, "the transfer has begun");
    await fetcher.close();
    expect(await readdir(incoming)).toEqual([]);
    expect(lost).toEqual(new Map());
  });
});

describe("what the data server refuses", () => {
  async function ask(
    url: string,
    options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
  ) {
    const { body, ...rest } = options;
    return await new Promise<number>((resolve, reject) => {
      const asking = request(url, rest, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on("error", reject).end(body);
    });
  }

  test("other paths, other methods, pages of other sites, and requests that are too large", async () => {
    const { url, store } = await newPeer();
    store.put(SESSION, 0, bytesOf("hello"), "");
    const object = `${url}/objects/${SESSION}/0`;
    const batch = `${url}/objects/${SESSION}/batch`;
    expect(await ask(object)).toBe(200);
    expect(await ask(`${url}/`)).toBe(404);
    expect(await ask(`${url}/objects/${SESSION}/1`)).toBe(404);
    expect(await ask(`${url}/objects/${SESSION}/..%2f0`)).toBe(404);
    expect(await ask(object, { method: "POST" })).toBe(400);
    expect(await ask(batch)).toBe(400);
    expect(await ask(object, { headers: { host: "evil.example" } })).toBe(403);
    expect(await ask(object, { headers: { origin: "http://evil.example" } })).toBe(403);
    expect(await ask(batch, { method: "POST", body: Buffer.alloc(3) })).toBe(400);
    expect(await ask(batch, { method: "POST", body: Buffer.alloc(4 * 4096) })).toBe(200);
    expect(await ask(batch, { method: "POST", body: Buffer.alloc(4 * 4097) })).toBe(413);
  });
});
