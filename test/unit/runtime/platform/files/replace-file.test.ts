import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import {
  chmod,
  chown,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { replaceFile } from "../../../../../src/runtime/platform/files/replace-file.ts";
import { temporaryDirectory } from "../../worker/support.ts";

const isRoot = process.geteuid?.() === 0;

function sourceOf(content: string, facts?: { modifiedAt: number; executable: boolean }) {
  return {
    toFile: (path: string) => writeFile(path, content, { flag: "wx" }),
    stream: () => Readable.from([content]),
    facts,
  };
}

describe("a file is written", () => {
  test("as a new one, with its modification time and executable if it was", async () => {
    const dir = await temporaryDirectory();
    await replaceFile(join(dir, "prog"), sourceOf("#!/bin/sh", { modifiedAt: 1_000_000, executable: true }));
    const { mode, mtimeMs } = await stat(join(dir, "prog"));
    expect([mode & 0o111, mtimeMs]).toEqual([0o111, 1_000_000]);
    expect(await readdir(dir)).toEqual(["prog"]);
  });

  test.each([0o640, 0o600, 0o755])("in the place of another one, whose mode %o it keeps", async (mode) => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "file"), "old");
    await chmod(join(dir, "file"), mode);
    await replaceFile(join(dir, "file"), sourceOf("new", { modifiedAt: 1_000_000, executable: false }));
    expect((await stat(join(dir, "file"))).mode & 0o777).toBe(mode);
    expect(await readFile(join(dir, "file"), "utf8")).toBe("new");
  });

  test("in the place of a file of mode 640, and is then executable for those who may read", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "file"), "old", { mode: 0o640 });
    await replaceFile(join(dir, "file"), sourceOf("new", { modifiedAt: 1_000_000, executable: true }));
    expect((await stat(join(dir, "file"))).mode & 0o777).toBe(0o750);
  });

  test.skipIf(!isRoot)("by the superuser for the owner of the former file", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "file"), "old");
    await chown(join(dir, "file"), 1234, 1235);
    await replaceFile(join(dir, "file"), sourceOf("new"));
    expect(await stat(join(dir, "file"))).toMatchObject({ uid: 1234, gid: 1235 });
  });

  test.each(["a file", "nothing yet"])("where a symbolic link leads, to %s", async (what) => {
    const dir = await temporaryDirectory();
    await mkdir(join(dir, "sub"));
    if (what === "a file") await writeFile(join(dir, "sub", "target"), "old");
    await symlink("sub/target", join(dir, "link"));
    await replaceFile(join(dir, "link"), sourceOf("new"));
    expect((await lstat(join(dir, "link"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(dir, "sub", "target"), "utf8")).toBe("new");
  });

  test("into a FIFO", async () => {
    const dir = await temporaryDirectory();
    const fifo = join(dir, "fifo");
    spawnSync("mkfifo", [fifo]);
    const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(reader, "exit");
    await replaceFile(fifo, sourceOf("through a pipe"));
    expect(await text(reader.stdout)).toBe("through a pipe");
    await ended;
    expect((await lstat(fifo)).isFIFO()).toBe(true);
  });

  test("into a FIFO whose reader comes later", async () => {
    const fifo = join(await temporaryDirectory(), "fifo");
    spawnSync("mkfifo", [fifo]);
    const written = replaceFile(fifo, sourceOf("through a pipe"));
    const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(reader, "exit");
    expect(await text(reader.stdout)).toBe("through a pipe");
    await Promise.all([written, ended]);
  });

  test.each<[string, (fifo: string) => Promise<unknown>]>([
    ["that nobody reads", async () => {}],
    ["whose reader has stopped reading", (fifo) => open(fifo, constants.O_RDONLY | constants.O_NONBLOCK)],
  ])("into a FIFO %s until the signal comes", async (_, prepare) => {
    const fifo = join(await temporaryDirectory(), "fifo");
    spawnSync("mkfifo", [fifo]);
    const reader = await prepare(fifo);
    const controller = new AbortController();
    // More than a pipe holds.
    const source = { ...sourceOf("x".repeat(1_000_000)), signal: controller.signal };
    const writing = expect(replaceFile(fifo, source)).rejects.toMatchObject({ name: "AbortError" });
    controller.abort();
    await writing;
    await (reader as FileHandle | undefined)?.close();
  });

  test.skipIf(!isRoot)("into a device, which stays one, also when it is full", async () => {
    const dir = await temporaryDirectory();
    const [full, sink] = [join(dir, "full"), join(dir, "sink")];
    // Nodes of the test's own, with the numbers of /dev/full and /dev/null.
    if (spawnSync("mknod", [full, "c", "1", "7"]).status !== 0) return;
    spawnSync("mknod", [sink, "c", "1", "3"]);
    await replaceFile(sink, sourceOf("content"));
    await expect(replaceFile(full, sourceOf("content"))).rejects.toMatchObject({ code: "ENOSPC" });
    for (const path of [full, sink]) expect((await lstat(path)).isCharacterDevice()).toBe(true);
    expect((await readdir(dir)).sort()).toEqual(["full", "sink"]);
  });

  test("not over a directory", async () => {
    const dir = await temporaryDirectory();
    await expect(replaceFile(dir, sourceOf("content"))).rejects.toThrow("it is a directory");
  });

  test("not in part: after an error, the former file is as it was, and nothing is left over", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "file"), "old");
    const broken = {
      ...sourceOf(""),
      toFile: async (path: string) => {
        await writeFile(path, "half");
        throw new Error("broken");
      },
    };
    await expect(replaceFile(join(dir, "file"), broken)).rejects.toThrow("broken");
    expect(await readFile(join(dir, "file"), "utf8")).toBe("old");
    expect(await readdir(dir)).toEqual(["file"]);
  });
});
