import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createTarPacker, type TarHeader } from "modern-tar";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type DataObject, tasks } from "../../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { encode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import { HOST_ID, sharedFileHeaders } from "../../../../../src/runtime/transport/shared-files.ts";
import { startFakeServer } from "../fake-server.ts";

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A kept object whose fetch is answered by `onFetch`. */
async function keptObject(onFetch: (response: ServerResponse) => void): Promise<DataObject> {
  const { client } = await startFakeServer({ onFetch: (_path, response) => onFetch(response) });
  const session = await client.newSession();
  const task = tasks.concat([]).keep();
  await session.submit(task);
  return task.output;
}

const blobOf = (body: string | Uint8Array, contentType = "") =>
  keptObject((response) => {
    response
      .setHeader("x-rain-data-type", "blob")
      .setHeader("x-rain-content-type", encodeURIComponent(contentType));
    response.setHeader("content-length", Buffer.byteLength(body)).end(body);
  });

async function tarOf(entries: (TarHeader & { body?: string })[]): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of readable) chunks.push(chunk);
  })();
  for (const { body = "", ...header } of entries) {
    const writer = controller.add({ ...header, size: body.length }).getWriter();
    if (body) await writer.write(Buffer.from(body));
    await writer.close();
  }
  controller.finalize();
  await reading;
  return Buffer.concat(chunks);
}

const directoryOf = (tar: Uint8Array) =>
  keptObject((response) => void response.setHeader("x-rain-data-type", "dir").end(tar));

describe("fetching", () => {
  it("returns the instance when it is awaited", async () => {
    const object = await blobOf("Hello world!", "text");
    const { bytes, info } = await object.fetch();
    expect(String(bytes)).toBe("Hello world!");
    expect(info).toEqual({ dataType: "blob", contentType: "text", size: 12 });
  });

  it("returns bytes, text or a stream", async () => {
    const object = await blobOf("häé", "text");
    expect(await object.fetch().bytes()).toEqual(Buffer.from("häé"));
    expect(await object.fetch().text()).toBe("häé");
    expect(await text(await object.fetch().stream())).toBe("häé");
  });

  it.each<[string, string | Uint8Array, unknown]>([
    ["text", "häé", "häé"],
    ["text-latin1", Uint8Array.of(0xe4), "ä"],
    ["json", '{"a":[1]}', { a: [1] }],
    ["cbor", encode({ a: [1] }), { a: [1] }],
    ["csv", "a,b\n1,2\n", [{ a: "1", b: "2" }]],
    ["ndjson", "1\n2\n", [1, 2]],
    ["", "raw", Buffer.from("raw")],
    ["mime/image/png", "raw", Buffer.from("raw")],
  ])("loads what is of the content type %j", async (contentType, body, value) => {
    expect(await (await blobOf(body, contentType)).fetch().load()).toEqual(value);
  });

  it.each<[string, Uint8Array]>([
    ["json", Buffer.from("{")],
    ["cbor", Uint8Array.of(0xff)],
    ["text", Uint8Array.of(0xff)],
    ["text-klingon", Uint8Array.of(0x41)],
  ])("says so when the bytes are no %s", async (contentType, body) => {
    await expect((await blobOf(body, contentType)).fetch().load()).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining(`is not valid ${contentType}`),
    });
  });

  it.each([
    ["arrow", "the plugin arrow"],
    ["pickle", "only Python"],
    ["protobuf/Person", "schema"],
  ])("says who loads %s", async (contentType, why) => {
    await expect((await blobOf("x", contentType)).fetch().load()).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(why),
      hint: expect.stringContaining("bytes"),
    });
  });

  it("opens with facts about the object and a stream", async () => {
    const { info, body } = await (await blobOf("a\n", "csv")).fetch().open();
    expect(info).toEqual({ dataType: "blob", contentType: "csv", size: 2 });
    expect(await text(body)).toBe("a\n");
  });

  it("reports the error of the server", async () => {
    const error = new RainError("TASK_FAILED", "task prepare failed on worker 1");
    const object = await keptObject(
      (response) => void response.writeHead(409).end(JSON.stringify({ error })),
    );
    const expected = { code: "TASK_FAILED", message: error.message };
    await expect(object.fetch()).rejects.toMatchObject(expected);
    await expect(object.fetch().bytes()).rejects.toMatchObject(expected);
    await expect(object.fetch().writeTo("/nowhere")).rejects.toMatchObject(expected);
  });

  it("fails when the body is cut off, with every method", async () => {
    const dir = await temporary();
    const object = await keptObject((response) => {
      response.setHeader("x-rain-data-type", "blob").setHeader("content-length", 1_000_000);
      response.write("only this");
      setTimeout(() => response.destroy(), 10);
    });
    const error = { code: "SERVER_LOST" };
    await expect(object.fetch().bytes()).rejects.toMatchObject(error);
    await expect(object.fetch().stream().then(text)).rejects.toMatchObject(error);
    await expect(object.fetch().writeTo(join(dir, "file"))).rejects.toMatchObject(error);
    expect(await readdir(dir)).toEqual([]);
  });

  it("ends when its signal aborts, before or during the body", async () => {
    const object = await keptObject(() => {});
    await expect(object.fetch({ signal: AbortSignal.timeout(20) }).bytes()).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    const slow = await keptObject((response) => {
      response.setHeader("x-rain-data-type", "blob").write("the beginning");
    });
    await expect(slow.fetch({ signal: AbortSignal.timeout(50) }).bytes()).rejects.toMatchObject({
      code: "TIMEOUT",
    });
  });
});

describe("fetching from a worker on the same machine", () => {
  const held = "what the worker holds";
  const sent = "what it sends";

  /**
   * An object in a read-only file of a worker on this machine.
   * @param identity identity of the file according to the server
   */
  async function heldObject(identity?: string) {
    const path = join(await temporary(), "7-0");
    await writeFile(path, held, { mode: 0o444 });
    const shared = await sharedFileHeaders(path);
    const object = await keptObject((response) => {
      response.setHeader("x-rain-data-type", "blob").setHeader("x-rain-content-type", "text");
      if (response.req.headers["x-rain-host"] !== HOST_ID) response.end(sent);
      else {
        for (const [name, value] of Object.entries(shared)) response.setHeader(name, value);
        if (identity !== undefined) response.setHeader("x-rain-file", identity);
        response.setHeader("x-rain-size", held.length).end();
      }
    });
    return { object, path };
  }

  it("reads the worker's file, with every method", async () => {
    const { object } = await heldObject();
    const info = { dataType: "blob", contentType: "text", size: held.length };
    expect(await object.fetch()).toEqual({ bytes: Buffer.from(held), info });
    expect(await object.fetch().text()).toBe(held);
    expect(await text(await object.fetch().stream())).toBe(held);
  });

  it("writes a separate copy with the mode of new files", async () => {
    const { object, path } = await heldObject();
    const dir = await temporary();
    const [copy, plain] = [join(dir, "copy"), join(dir, "plain")];
    await writeFile(plain, "");
    await object.fetch().writeTo(copy);
    expect((await stat(copy)).mode).toBe((await stat(plain)).mode);
    await writeFile(copy, "changed by its owner");
    expect(await readFile(path, "utf8")).toBe(held);
    expect((await stat(path)).mode & 0o777).toBe(0o444);
    expect((await readdir(dir)).sort()).toEqual(["copy", "plain"]);
  });

  it("requests the bytes if the file is a different one or missing", async () => {
    const dir = await temporary();
    const { object } = await heldObject("1:2");
    expect(await object.fetch().text()).toBe(sent);
    const gone = await heldObject();
    await rm(gone.path);
    expect(await gone.object.fetch().text()).toBe(sent);
    await gone.object.fetch().writeTo(join(dir, "file"));
    expect(await readFile(join(dir, "file"), "utf8")).toBe(sent);
  });
});

describe("writing a fetched blob", () => {
  it("replaces an existing file", async () => {
    const dir = await temporary();
    const path = join(dir, "report.bin");
    await writeFile(path, "an older and longer report");
    const body = Buffer.alloc(5_000_000, "rain");
    await (await blobOf(body)).fetch().writeTo(path);
    expect((await readFile(path)).equals(body)).toBe(true);
    expect(await readdir(dir)).toEqual(["report.bin"]);
  });

  it("reports the path if it cannot be written", async () => {
    const dir = await temporary();
    await mkdir(join(dir, "taken"));
    const object = await blobOf("x");
    for (const path of [join(dir, "taken"), join(dir, "missing", "file")]) {
      await expect(object.fetch().writeTo(path)).rejects.toMatchObject({
        code: "IO",
        message: expect.stringContaining(`cannot write ${path}: `),
      });
    }
    expect(await readdir(dir)).toEqual(["taken"]);
  });
});

describe("a fetched directory", () => {
  const tree = () =>
    tarOf([
      { name: "sub/", type: "directory", size: 0 },
      { name: "sub/a.txt", size: 0, body: "first" },
      { name: "run.sh", size: 0, mode: 0o755, body: "#!/bin/sh" },
    ]);

  it("is written as its files, into a new or an empty directory, and takes the place of what was written before", async () => {
    const dir = await temporary();
    vi.stubEnv("RAIN_HOME", await temporary());
    onTestFinished(() => void vi.unstubAllEnvs());
    await mkdir(join(dir, "empty"));
    for (const name of ["new", "empty"]) {
      await (await directoryOf(await tree())).fetch().writeTo(join(dir, name));
      expect(await readFile(join(dir, name, "sub", "a.txt"), "utf8")).toBe("first");
      const other = await directoryOf(await tarOf([{ name: "b.txt", size: 0, body: "second" }]));
      await other.fetch().writeTo(join(dir, name));
      expect(await readdir(join(dir, name))).toEqual(["b.txt"]);
    }
    expect((await readdir(dir)).sort()).toEqual(["empty", "new"]);
  });

  it("does not take the place of files that Rain did not write", async () => {
    const dir = await temporary();
    await writeFile(join(dir, "notes.txt"), "mine");
    const object = await directoryOf(await tree());
    await expect(object.fetch().writeTo(dir)).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining('has "notes.txt", which Rain did not write there'),
      hint: "Move the files away, or write to another directory.",
    });
    expect(await readdir(dir)).toEqual(["notes.txt"]);
  });

  it("returns its tar as bytes, and has no text", async () => {
    const tar = await tree();
    const object = await directoryOf(tar);
    expect(Buffer.from(tar).equals(await object.fetch().bytes())).toBe(true);
    expect(await object.fetch()).toMatchObject({ bytes: undefined, info: { dataType: "dir" } });
    await expect(object.fetch().text()).rejects.toMatchObject({ code: "USAGE" });
  });

  it.each([
    ["a path that leads out", { name: "../evil", size: 0, body: "x" }],
    ["an absolute path", { name: "/tmp/evil", size: 0, body: "x" }],
    ["a link that leads out", { name: "link", size: 0, type: "symlink", linkname: "../../etc" }],
    ["an absolute link", { name: "link", size: 0, type: "symlink", linkname: "/etc" }],
    ["a device", { name: "device", size: 0, type: "character-device" }],
  ] as [string, TarHeader & { body?: string }][])(
    "with %s is refused, and nothing of it stays",
    async (_what, entry) => {
      const dir = await temporary();
      const object = await directoryOf(await tarOf([{ name: "good.txt", size: 0, body: "x" }, entry]));
      await expect(object.fetch().writeTo(join(dir, "target"))).rejects.toMatchObject({ code: "IO" });
      expect(await readdir(dir)).toEqual([]);
    },
  );
});
