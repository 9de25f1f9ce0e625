import {
  appendFile,
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  makeLink,
  makeLinkForProgram,
  removeLinks,
} from "../../../../../src/runtime/platform/files/changes/linked-files.ts";
import type { StoredObject } from "../../../../../src/runtime/worker/store/content.ts";
import type { ObjectStore } from "../../../../../src/runtime/worker/store/object-store.ts";
import { bytesOf, eventually, KiB, MiB, newStore } from "../support.ts";

const SESSION = 3;

async function contentOf(store: ObjectStore, object: number): Promise<Buffer> {
  const stored = store.get(SESSION, object);
  if (!stored) throw new Error(`object ${object} is not here`);
  const { bytes } = stored.content;
  return bytes ? Buffer.from(bytes) : await readFile(await store.pathOf(stored.content));
}

/** Everything below a directory, which need not exist. */
async function files(directory: string): Promise<string[]> {
  return await readdir(directory, { recursive: true }).catch(() => []);
}

describe("blobs in memory", () => {
  test("a small blob stays in memory and is found by its number", async () => {
    const { store, directory } = await newStore();
    store.put(SESSION, 5, bytesOf("hello"), "text");
    expect(store.get(SESSION, 5)).toMatchObject({
      contentType: "text",
      content: { size: 5, dataType: "blob" },
    });
    expect(store.has(SESSION, 6)).toBe(false);
    expect(store.has(SESSION + 1, 5)).toBe(false);
    expect(store.memoryBytes).toBe(5);
    expect(await files(directory)).toEqual([]);
  });

  test("an object is immutable: a second put changes nothing", async () => {
    const { store } = await newStore();
    store.put(SESSION, 5, bytesOf("first"), "");
    store.put(SESSION, 5, bytesOf("the second"), "");
    expect((await contentOf(store, 5)).toString()).toBe("first");
    expect(store.memoryBytes).toBe(5);
  });

  test("over the budget the oldest move to files, with the same bytes", async () => {
    const { store } = await newStore({ budget: 100 * KiB });
    for (let object = 0; object < 10; object++)
      store.put(SESSION, object, new Uint8Array(20 * KiB).fill(object), "");
    await eventually(() => store.memoryBytes <= 100 * KiB, "the memory is within its budget");
    expect(store.memoryBytes + store.fileBytes).toBe(200 * KiB);
    for (let object = 0; object < 10; object++) {
      expect(store.get(SESSION, object)?.content.bytes === undefined).toBe(object < 5);
      expect((await contentOf(store, object)).equals(Buffer.alloc(20 * KiB, object))).toBe(true);
    }
  });

  test("many small objects beyond the budget do not exhaust file handles, and the order of age holds", async () => {
    const { store } = await newStore({ budget: 1000 });
    for (let object = 0; object < 5000; object++) store.put(SESSION, object, new Uint8Array(1), "");
    await eventually(() => store.memoryBytes <= 1000, "the memory is within its budget");
    expect(store.get(SESSION, 3999)?.content.path).toBeDefined();
    expect(store.get(SESSION, 4000)?.content.bytes).toBeDefined();
  });

  test("a blob of more than 1 MiB moves to a read-only file at once", async () => {
    const { store } = await newStore();
    store.put(SESSION, 5, new Uint8Array(MiB + 1).fill(7), "");
    await eventually(() => store.memoryBytes === 0, "it is in a file");
    expect(store.fileBytes).toBe(MiB + 1);
    expect((await contentOf(store, 5)).equals(Buffer.alloc(MiB + 1, 7))).toBe(true);
    const { mode } = await stat(store.get(SESSION, 5)?.content.path ?? "");
    expect(mode & 0o777).toBe(0o444);
  });

  test("who fills the memory faster than the disk takes it is told to wait, and when there is room", async () => {
    const { store } = await newStore({ budget: MiB });
    await store.waitForSpace();
    store.put(SESSION, 5, new Uint8Array(3 * MiB), "");
    expect(store.isOverfull).toBe(true);
    await store.waitForSpace();
    expect(store.isOverfull).toBe(false);
  });

  test("pathOf gives a file with the bytes, and one file to all who ask at the same time", async () => {
    const { store, directory } = await newStore();
    const { content } = store.put(SESSION, 5, bytesOf("hello"), "");
    const [first, second] = await Promise.all([store.pathOf(content), store.pathOf(content)]);
    expect(first).toBe(second);
    expect(await readFile(first, "utf8")).toBe("hello");
    expect(await files(directory)).toHaveLength(2);
  });

  test("when the disk refuses, the bytes stay in memory and nobody waits for room", async () => {
    const { store, directory } = await newStore({ budget: 10 });
    await writeFile(directory, "a file where the directory should be");
    store.put(SESSION, 5, new Uint8Array(100).fill(1), "");
    await store.waitForSpace();
    await store.close();
    expect(await contentOf(store, 5)).toEqual(Buffer.alloc(100, 1));
    const content = store.get(SESSION, 5)?.content as StoredObject["content"];
    await expect(store.pathOf(content)).rejects.toMatchObject({
      code: "IO",
      message: expect.stringMatching(/object 5/),
    });
  });
});

describe("files and directories", () => {
  test("a file is taken over by moving it, read-only", async () => {
    const { store, scratch } = await newStore();
    const source = join(scratch, "result");
    await writeFile(source, "hello");
    const { content } = await store.adopt(SESSION, 5, source, "text");
    expect(content).toMatchObject({ dataType: "blob", size: 5, bytes: undefined });
    expect(await files(scratch)).toEqual([]);
    expect((await stat(content.path ?? "")).mode & 0o777).toBe(0o444);
    expect(store.fileBytes).toBe(5);
  });

  test("a file keeps its modification time and stays executable", async () => {
    const { store, scratch } = await newStore();
    const source = join(scratch, "prog");
    await writeFile(source, "#!/bin/sh", { mode: 0o755 });
    await utimes(source, 1000, 1000);
    const { content } = await store.adopt(SESSION, 5, source, "");
    expect(content.file).toEqual({ modifiedAt: 1_000_000, executable: true });
    const { mode, mtimeMs } = await stat(content.path ?? "");
    expect([mode & 0o777, mtimeMs]).toEqual([0o555, 1_000_000]);
  });

  test("so does one that comes in memory and is written later", async () => {
    const { store } = await newStore({ budget: 0 });
    const file = { modifiedAt: 1_000_000, executable: true };
    const { content } = store.put(SESSION, 5, bytesOf("#!/bin/sh"), "", file);
    const { mode, mtimeMs } = await stat(await store.pathOf(content));
    expect([mode & 0o777, mtimeMs]).toEqual([0o555, 1_000_000]);
    expect(store.changeOf(content)).toBeUndefined();
  });

  test("a file with links elsewhere is copied, so that its owner keeps the right to write", async () => {
    const { store, scratch } = await newStore();
    const [owned, tree] = [join(scratch, "owned"), join(scratch, "tree")];
    await writeFile(owned, "data");
    await mkdir(tree);
    await link(owned, join(tree, "file"));
    const { content } = await store.adopt(SESSION, 5, tree, "");
    await link(owned, join(scratch, "linked"));
    const single = await store.adopt(SESSION, 6, join(scratch, "linked"), "");
    await appendFile(owned, "more");
    expect(await readFile(join(content.path ?? "", "file"), "utf8")).toBe("data");
    expect(await readFile(single.content.path ?? "", "utf8")).toBe("data");
    expect(await readdir(content.path ?? "")).toEqual(["file"]);
  });

  test("that somebody has changed are given up under all their numbers", async () => {
    const { store, scratch } = await newStore();
    const source = join(scratch, "result");
    await writeFile(source, "hello");
    const stored = await store.adopt(SESSION, 5, source, "");
    store.forward(SESSION, 6, stored, "");
    store.put(SESSION, 7, bytesOf("other"), "");
    const path = stored.content.path ?? "";
    await chmod(path, 0o644);
    await writeFile(path, "EVIL!");
    expect(store.changeOf(stored.content)).toMatchObject({ path: "" });
    const givenUp: number[] = [];
    store.onGivenUp((_session, object) => givenUp.push(object));
    store.giveUp(stored.content);
    expect([givenUp, [...store.objectsOf(SESSION).keys()]]).toEqual([[5, 6], [7]]);
  });

  test("a directory is taken over as a whole; its size is that of its files", async () => {
    const { store, scratch } = await newStore();
    const source = join(scratch, "tree");
    await mkdir(join(source, "sub"), { recursive: true });
    await writeFile(join(source, "a"), "12345");
    await writeFile(join(source, "sub", "run.sh"), "1234567", { mode: 0o700 });
    const { content } = await store.adopt(SESSION, 5, source, "");
    expect(content).toMatchObject({ dataType: "dir", size: 12 });
    const path = content.path ?? "";
    expect(await readFile(join(path, "sub", "run.sh"), "utf8")).toBe("1234567");
    expect((await stat(join(path, "a"))).mode & 0o777).toBe(0o444);
    expect((await stat(join(path, "sub", "run.sh"))).mode & 0o777).toBe(0o555);
  });

  test.each([
    ["an absolute link", "/nowhere/rain-hostile"],
    ["a link up and out", "../outside"],
    ["a link that only looks as if it stayed inside", "a/b/top/../outside"],
  ])("a directory with %s is refused, and nothing of it stays", async (_, target) => {
    const { store, scratch, directory } = await newStore();
    const source = join(scratch, "tree");
    await writeFile(join(scratch, "outside"), "");
    await mkdir(join(source, "a", "b"), { recursive: true });
    await symlink("../..", join(source, "a", "b", "top"));
    await symlink(target, join(source, "link"));
    await expect(store.adopt(SESSION, 5, source, "")).rejects.toMatchObject({
      code: "IO",
      message: expect.stringMatching(/symbolic link "link" leads out/),
    });
    expect(store.has(SESSION, 5)).toBe(false);
    expect(await files(scratch)).toEqual(["outside"]);
    expect(await files(directory)).toEqual([String(SESSION)]);
  });

  test("links within the directory are kept", async () => {
    const { store, scratch } = await newStore();
    const source = join(scratch, "tree");
    await mkdir(join(source, "sub"), { recursive: true });
    await writeFile(join(source, "data"), "hello");
    await symlink("../data", join(source, "sub", "link"));
    const { content } = await store.adopt(SESSION, 5, source, "");
    expect(await readFile(join(content.path ?? "", "sub", "link"), "utf8")).toBe("hello");
  });
});

describe("other processes on the machine", () => {
  async function newFile(): Promise<{ store: ObjectStore; content: StoredObject["content"]; path: string }> {
    const { store, scratch } = await newStore();
    await writeFile(join(scratch, "result"), "hello");
    const { content } = await store.adopt(SESSION, 5, join(scratch, "result"), "");
    return { store, content, path: content.path ?? "" };
  }

  test("may read and link a file that no other code has reached; tasks then get another file", async () => {
    const { store, content, path } = await newFile();
    expect([store.mayRead(content), store.mayLink(content)]).toEqual([true, true]);
    await link(path, `${path}.other`);
    expect(store.changeOf(content)).toBeUndefined();
    expect([store.mayRead(content), store.mayLink(content)]).toEqual([true, true]);
    expect(await store.pathOf(content)).toBe(path);
    await Promise.all([makeLinkForProgram(path, `${path}.1`), makeLink(path, `${path}.2`)]);
    await Promise.all([removeLinks(`${path}.1`), removeLinks(`${path}.2`)]);
    const [stats, other] = [await stat(path), await stat(`${path}.other`)];
    expect(stats.ino).not.toBe(other.ino);
    expect([stats.nlink, stats.mode & 0o777, await readFile(path, "utf8")]).toEqual([1, 0o444, "hello"]);
    expect(stats.mtimeMs).toBeCloseTo(other.mtimeMs, 2);
    expect(store.changeOf(content)).toBeUndefined();
  });

  test("may not if an executor has its path or a program has a link to it", async () => {
    const { store, content } = await newFile();
    expect(store.expose(content)).toBeUndefined();
    expect([store.mayRead(content), store.mayLink(content)]).toEqual([false, false]);
    const other = await newFile();
    makeLinkForProgram(other.path, `${other.path}.link`);
    expect([other.store.mayRead(other.content), other.store.mayLink(other.content)]).toEqual([false, false]);
    await removeLinks(`${other.path}.link`);
    expect([other.store.mayRead(other.content), other.store.mayLink(other.content)]).toEqual([true, true]);
  });

  test("have linked a file whose path an executor is to get: a copy takes its place first", async () => {
    const { store, content, path } = await newFile();
    store.mayLink(content);
    await link(path, `${path}.other`);
    await store.expose(content);
    expect((await stat(path)).nlink).toBe(1);
    expect(store.mayLink(content)).toBe(false);
  });

  test("have linked a file that cannot be copied: no code gets it, and nothing is left", async () => {
    const { store, content, path } = await newFile();
    store.mayLink(content);
    await rm(path);
    await expect(store.expose(content)).rejects.toMatchObject({ code: "IO" });
    await expect(makeLink(path, `${path}.link`)).rejects.toMatchObject({ code: "IO" });
    expect(await files(dirname(path))).toEqual([]);
  });
});

describe("one content, several numbers", () => {
  test("forwarding shares the content, which goes with the last number", async () => {
    const { store, scratch } = await newStore();
    await writeFile(join(scratch, "result"), "hello");
    const source = await store.adopt(SESSION, 5, join(scratch, "result"), "text");
    store.forward(SESSION, 6, source, "text-utf8");
    expect(store.fileBytes).toBe(5);
    store.drop(SESSION, 5);
    expect((await contentOf(store, 6)).toString()).toBe("hello");
    expect(store.get(SESSION, 6)?.contentType).toBe("text-utf8");
    store.drop(SESSION, 6);
    await store.close();
    await expect(stat(source.content.path ?? "")).rejects.toMatchObject({ code: "ENOENT" });
    expect(store.fileBytes).toBe(0);
  });
});

describe("dropping", () => {
  test("a dropped object is gone, and so are its bytes; unknown ones are passed over", async () => {
    const { store } = await newStore();
    store.put(SESSION, 5, bytesOf("hello"), "");
    store.drop(SESSION, 5);
    store.drop(SESSION, 99);
    store.drop(99, 5);
    expect(store.has(SESSION, 5)).toBe(false);
    expect(store.memoryBytes).toBe(0);
  });

  test("what is held stays readable until it is released", async () => {
    const { store, scratch } = await newStore();
    await mkdir(join(scratch, "tree"));
    await writeFile(join(scratch, "tree", "a"), "hello");
    const { content } = await store.adopt(SESSION, 5, join(scratch, "tree"), "");
    store.pin(content);
    store.drop(SESSION, 5);
    expect(store.has(SESSION, 5)).toBe(false);
    expect(await readFile(join(content.path ?? "", "a"), "utf8")).toBe("hello");
    store.unpin(content);
    await store.close();
    await expect(stat(content.path ?? "")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("an object dropped while it moves to a file leaves no file", async () => {
    const { store, directory } = await newStore();
    store.put(SESSION, 5, new Uint8Array(2 * MiB), "");
    store.drop(SESSION, 5);
    await store.close();
    expect((await files(directory)).filter((name) => name !== String(SESSION))).toEqual([]);
    expect(store.memoryBytes + store.fileBytes).toBe(0);
  });

  test("the end of a session removes its folder, once its readers are done, and leaves the others", async () => {
    const { store, directory } = await newStore({ budget: 10 });
    for (let object = 0; object < 5; object++) store.put(SESSION, object, new Uint8Array(100), "");
    const other = store.put(SESSION + 1, 0, new Uint8Array(100), "");
    await eventually(() => store.memoryBytes === 0, "all are in files");
    const content = store.get(SESSION, 0)?.content as StoredObject["content"];
    store.pin(content);
    store.dropSession(SESSION);
    await store.close();
    expect(await readFile(content.path ?? "")).toHaveLength(100);
    store.unpin(content);
    await store.close();
    expect(await readdir(directory)).toEqual([String(SESSION + 1)]);
    expect(await readFile(other.content.path ?? "")).toHaveLength(100);
    expect(store.fileBytes).toBe(100);
  });

  test("what is adopted while its session ends is not kept", async () => {
    const { store, scratch, directory } = await newStore();
    await writeFile(join(scratch, "result"), "hello");
    const adopting = store.adopt(SESSION, 5, join(scratch, "result"), "");
    store.dropSession(SESSION);
    await expect(adopting).rejects.toMatchObject({ code: "SESSION_ENDED" });
    await store.close();
    expect(await files(directory)).toEqual([]);
    expect(store.fileBytes).toBe(0);
  });
});
