import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { replaceDirectory } from "../../../../../src/runtime/platform/files/replace-directory.ts";
import { temporaryDirectory } from "../../worker/support.ts";

/** A place for a directory, with a home of Rain elsewhere. */
async function newPlace() {
  const root = await temporaryDirectory();
  vi.stubEnv("RAIN_HOME", join(root, "home"));
  onTestFinished(() => void vi.unstubAllEnvs());
  await mkdir(join(root, "place"));
  return { parent: join(root, "place"), path: join(root, "place", "saved") };
}

const filled = (files: Record<string, string>) => async (path: string) => {
  await mkdir(path);
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
};

describe("a directory is written", () => {
  test("as a new one", async () => {
    const { parent, path } = await newPlace();
    await replaceDirectory(path, filled({ a: "1" }));
    expect([await readdir(parent), await readdir(path)]).toEqual([["saved"], ["a"]]);
  });

  test("in the place of the one of the last time, whose files are gone and whose mode stays", async () => {
    const { parent, path } = await newPlace();
    await replaceDirectory(path, filled({ a: "1", b: "1" }));
    await chmod(path, 0o750);
    await replaceDirectory(path, filled({ b: "2" }));
    expect([await readdir(parent), await readdir(path)]).toEqual([["saved"], ["b"]]);
    expect(await readFile(join(path, "b"), "utf8")).toBe("2");
    expect((await stat(path)).mode & 0o777).toBe(0o750);
  });

  test.each(["an empty directory", "nothing yet"])("where a symbolic link leads, to %s", async (what) => {
    const { parent, path } = await newPlace();
    if (what !== "nothing yet") await mkdir(join(parent, "target"));
    await symlink("target", path);
    await replaceDirectory(path, filled({ a: "1" }));
    await replaceDirectory(path, filled({ b: "2" }));
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readdir(join(parent, "target"))).toEqual(["b"]);
  });

  test.each<[string, (path: string) => Promise<unknown>, string]>([
    ["has got a file of somebody else", (path) => writeFile(join(path, "new"), ""), "new"],
    ["has a file that somebody has changed", (path) => appendFile(join(path, "a"), "mine"), "a"],
    ["lacks a file", (path) => rm(join(path, "a")), "b"],
  ])("not in the place of one that %s", async (_, change, named) => {
    const { parent, path } = await newPlace();
    await replaceDirectory(path, filled({ a: "1", b: "1" }));
    await change(path);
    const before = await readdir(path);
    await expect(replaceDirectory(path, filled({ c: "2" }))).rejects.toThrow(
      `has "${named}", which Rain did not write there or which has changed since`,
    );
    expect([await readdir(parent), await readdir(path)]).toEqual([["saved"], before]);
  });

  test("not in the place of a file", async () => {
    const { path } = await newPlace();
    await writeFile(path, "");
    await expect(replaceDirectory(path, filled({}))).rejects.toThrow("is a file");
  });

  test("not in part", async () => {
    const { parent, path } = await newPlace();
    const broken = async (partial: string) => {
      await filled({ a: "1" })(partial);
      throw new Error("broken");
    };
    await expect(replaceDirectory(path, broken)).rejects.toThrow("broken");
    expect(await readdir(parent)).toEqual([]);
  });
});
