import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { removeOrSetAside, removeTree } from "../../../../../src/runtime/platform/files/remove-tree.ts";

const NOBODY = 54_321;

/** A directory of a user for whom modes count: this user, or another one if this is root, whom the test then becomes. */
function scratch(): string {
  const parent = mkdtempSync(join(tmpdir(), "remove-"));
  const directory = join(parent, "own");
  mkdirSync(directory);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    chownSync(directory, NOBODY, NOBODY);
    chmodSync(parent, 0o711);
    // The directory of the tests, which others must be able to pass. One that all use is left alone.
    const { mode } = statSync(tmpdir());
    if ((mode & 0o001) === 0) chmodSync(tmpdir(), 0o711);
    process.seteuid?.(NOBODY);
  }
  onTestFinished(() => {
    if (isRoot) process.seteuid?.(0);
    else chmodSync(directory, 0o700);
    rmSync(parent, { recursive: true, force: true });
  });
  return directory;
}

describe.skipIf(process.geteuid === undefined)("removeTree", () => {
  test("removes directories that nobody may write to or read, but nothing behind a link", async () => {
    const directory = scratch();
    const tree = join(directory, "tree");
    const outside = join(directory, "outside");
    mkdirSync(join(tree, "a", "b"), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, "kept"), "");
    chmodSync(outside, 0o500);
    writeFileSync(join(tree, "a", "b", "file"), "");
    symlinkSync(outside, join(tree, "a", "link"));
    chmodSync(join(tree, "a", "b"), 0o000);
    chmodSync(join(tree, "a"), 0o555);
    chmodSync(tree, 0o555);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(existsSync(join(outside, "kept"))).toBe(true);
    expect(() => writeFileSync(join(outside, "new"), "")).toThrow("EACCES");
    chmodSync(outside, 0o700);
  });

  test("does nothing where there is nothing", async () => {
    const missing = join(scratch(), "none");
    await removeTree(missing);
    expect(await removeOrSetAside(missing)).toBeUndefined();
  });
});

test.skipIf(process.geteuid?.() !== 0)("what belongs to another user is set aside", async () => {
  const directory = scratch();
  const tree = join(directory, "tree");
  mkdirSync(join(tree, "foreign"), { recursive: true });
  process.seteuid?.(0);
  writeFileSync(join(tree, "foreign", "file"), "");
  chownSync(join(tree, "foreign"), 0, 0);
  process.seteuid?.(NOBODY);
  const left = await removeOrSetAside(tree);
  expect(left).toMatch(/tree\.left-\d+$/);
  expect([existsSync(tree), existsSync(join(`${left}`, "foreign", "file"))]).toEqual([false, true]);
});
