import {
  appendFile,
  chmod,
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
import { describe, expect, test } from "vitest";
import {
  changeOfFile,
  changeOfTree,
  fingerprintOfFile,
  fingerprintOfTree,
} from "../../../../../src/runtime/platform/files/fingerprint.ts";
import { temporaryDirectory } from "../../worker/support.ts";

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

  test("not when only links to its files are made and removed", async () => {
    const { root, fingerprint } = await newTree();
    const { link } = await import("node:fs/promises");
    await link(join(root, "a"), `${root}.a`);
    await rm(`${root}.a`);
    expect(await changeOfTree(root, fingerprint)).toBeUndefined();
  });
});
