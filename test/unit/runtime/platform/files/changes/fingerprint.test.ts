import {
  appendFile,
  chmod,
  link as hardLink,
  lstat,
  mkdir,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  changeOfFile,
  changeOfTree,
  type Fingerprint,
  fingerprintOfFile,
  fingerprintOfTree,
} from "../../../../../../src/runtime/platform/files/changes/fingerprint.ts";
import {
  makeLink,
  makeLinkForProgram,
  moveFile,
  removeLinks,
} from "../../../../../../src/runtime/platform/files/changes/linked-files.ts";
import { temporaryDirectory } from "../../../worker/support.ts";

/** Long before the changes that the tests make. */
const EARLIER = new Date(2001, 1, 3);

async function newFile() {
  const path = join(await temporaryDirectory(), "file");
  await writeFile(path, "content", { mode: 0o444 });
  await utimes(path, EARLIER, EARLIER);
  return { path, fingerprint: fingerprintOfFile(await lstat(path)) };
}

async function newTree() {
  const root = join(await temporaryDirectory(), "tree");
  await mkdir(join(root, "sub"), { recursive: true });
  for (const name of ["a", "sub/b"]) {
    await writeFile(join(root, name), name);
    await utimes(join(root, name), EARLIER, EARLIER);
  }
  await symlink("a", join(root, "link"));
  return { root, fingerprint: await fingerprintOfTree(root) };
}

describe("a file is changed", () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ["when it becomes longer", (path) => appendFile(path, "EVIL")],
    ["when it becomes shorter", (path) => truncate(path, 3)],
    ["when it is written again with the same size", (path) => writeFile(path, "CONTENT")],
    ["when its mode changes", (path) => chmod(path, 0o644)],
    ["when it is removed", (path) => rm(path)],
  ])("%s", async (_, change) => {
    const { path, fingerprint } = await newFile();
    const before = Date.now();
    expect(changeOfFile(path, fingerprint)).toBeUndefined();
    await chmod(path, 0o644).then(() => change(path));
    expect(changeOfFile(path, fingerprint)).toEqual({
      path: "",
      at: expect.toSatisfy((at) => at > before - 50),
    });
  });

  test("at the time of the change, not of later links to it", async () => {
    const { path, fingerprint } = await newFile();
    const at = new Date(2020, 1, 1);
    await utimes(path, at, at);
    expect(changeOfFile(path, fingerprint)).toEqual({ path: "", at: at.getTime() });
  });
});

describe("a directory is changed", () => {
  test.each<[string, string, (root: string) => Promise<unknown>]>([
    ["when a file in it is", "sub/b", (root) => appendFile(join(root, "sub/b"), "EVIL")],
    ["when a file may be written", "a", (root) => chmod(join(root, "a"), 0o600)],
    ["when a file is added", "sub/new", (root) => writeFile(join(root, "sub/new"), "")],
    ["when a file has another name", "c", (root) => rename(join(root, "a"), join(root, "c"))],
    [
      "when a link leads elsewhere",
      "link",
      (root) => rm(join(root, "link")).then(() => symlink("sub", join(root, "link"))),
    ],
  ])("%s", async (_, path, change) => {
    const { root, fingerprint } = await newTree();
    expect(await changeOfTree(root, fingerprint)).toBeUndefined();
    // The clock of the file system must have moved on.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await change(root);
    expect(await changeOfTree(root, fingerprint)).toMatchObject({ path });
  });

  test("when it is gone", async () => {
    const { root, fingerprint } = await newTree();
    await rm(root, { recursive: true });
    expect(await changeOfTree(root, fingerprint)).toMatchObject({ path: "" });
  });

  test("not when Rain makes links to its files and removes them", async () => {
    const { root, fingerprint } = await newTree();
    makeLink(join(root, "a"), `${root}.a`);
    expect(await changeOfTree(root, fingerprint)).toBeUndefined();
    await removeLinks(`${root}.a`);
    expect(await changeOfTree(root, fingerprint)).toBeUndefined();
    expect((await lstat(join(root, "a"))).nlink).toBe(1);
  });
});

describe("bytes are changed, and size, time and mode are set back", () => {
  /** A program changes the bytes of a file through one of its names. */
  async function forge(path: string): Promise<void> {
    const { atime, mtime, mode, size } = await lstat(path);
    await chmod(path, 0o644);
    await writeFile(path, "x".repeat(size));
    await utimes(path, atime, mtime);
    await chmod(path, mode);
  }

  async function writable(path: string): Promise<string> {
    await chmod(path, 0o644);
    return path;
  }

  /** A file whose times have whole milliseconds, so that they can be set back. */
  async function newPlainFile(): Promise<{ path: string; link: string; fingerprint: Fingerprint }> {
    const path = join(await temporaryDirectory(), "file");
    await writeFile(path, "hello", { mode: 0o444 });
    await utimes(path, EARLIER, EARLIER);
    return { path, link: `${path}.link`, fingerprint: fingerprintOfFile(await lstat(path)) };
  }

  /** Waits until the clock of the file system goes on, which has a resolution of a few milliseconds. */
  async function tick(): Promise<void> {
    const probe = join(await temporaryDirectory(), "probe");
    const now = async () => {
      await writeFile(probe, "");
      return (await lstat(probe)).ctimeMs;
    };
    const before = await now();
    while ((await now()) === before);
  }

  test("without any link", async () => {
    const { path, fingerprint } = await newPlainFile();
    await tick();
    await forge(path);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
  });

  test("through a link of Rain, before and after it is removed", async () => {
    const { path, link, fingerprint } = await newPlainFile();
    makeLink(path, link);
    await tick();
    expect(await changeOfFile(path, fingerprint)).toBeUndefined();
    await forge(link);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
    await removeLinks(link);
    makeLink(path, `${link}.2`);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
  });

  test("although it was seen with another size before", async () => {
    const { path, link, fingerprint } = await newPlainFile();
    makeLink(path, link);
    await appendFile(await writable(link), "EVIL");
    makeLink(path, `${link}.2`);
    await truncate(path, 5);
    await utimes(path, EARLIER, EARLIER);
    await chmod(path, 0o444);
    await hardLink(path, `${link}.3`);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
  });

  test("while links are removed, without a hash", async () => {
    const { path, link, fingerprint } = await newPlainFile();
    makeLink(path, link);
    await tick();
    await forge(path);
    await removeLinks(link);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
  });

  test("and a new file has the same inode: it is not the changed one", async () => {
    const { path, link } = await newPlainFile();
    const { ino } = await lstat(path);
    makeLink(path, link);
    await appendFile(await writable(path), "EVIL");
    makeLink(path, `${link}.2`);
    for (const one of [path, link, `${link}.2`]) await rm(one);
    for (let n = 0; n < 100; n++) {
      const next = await newPlainFile();
      expect(await changeOfFile(next.path, next.fingerprint)).toBeUndefined();
      if ((await lstat(next.path)).ino === ino) break;
    }
  });

  test("in a directory, which names the file", async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, "sub"));
    for (const path of ["a", "sub/b"]) {
      await writeFile(join(root, path), "hello");
      await utimes(join(root, path), EARLIER, EARLIER);
    }
    const fingerprint = await fingerprintOfTree(root);
    makeLink(join(root, "sub/b"), `${root}.link`);
    onTestFinished(() => rm(`${root}.link`));
    await tick();
    expect(await changeOfTree(root, fingerprint)).toBeUndefined();
    await forge(`${root}.link`);
    expect(await changeOfTree(root, fingerprint)).toMatchObject({ path: "sub/b" });
  });

  test("but not when Rain moves a link, while it makes and removes others", async () => {
    const { path, link, fingerprint } = await newPlainFile();
    makeLink(path, link);
    await tick();
    expect(moveFile(link, `${link}.moved`).nlink).toBe(2);
    makeLink(path, link);
    await tick();
    await removeLinks(`${link}.moved`);
    expect(await changeOfFile(path, fingerprint)).toBeUndefined();
  });

  test("but not when a program makes links of its own, moves them and removes them", async () => {
    const { path, link, fingerprint } = await newPlainFile();
    makeLinkForProgram(path, link);
    await tick();
    await hardLink(link, `${link}.own`);
    expect(await changeOfFile(path, fingerprint)).toBeUndefined();
    await tick();
    await rename(link, `${link}.moved`);
    expect(await changeOfFile(path, fingerprint)).toBeUndefined();
    await tick();
    await rm(`${link}.own`);
    expect(await changeOfFile(path, fingerprint)).toBeUndefined();
    await tick();
    await forge(`${link}.moved`);
    expect(await changeOfFile(path, fingerprint)).toMatchObject({ path: "" });
  });
});
