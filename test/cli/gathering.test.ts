import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShell, type Shell } from "./rain.ts";

let shell: Shell;

beforeAll(async () => {
  shell = await createShell();
  await shell.start("--local-workers", "[2]");
});
afterAll(() => shell.dispose());

const read = (path: string) => readFileSync(join(shell.directory, path), "utf8");
const contentOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(shell.directory, folder)).map((name) => [name, read(join(folder, name))]),
  );

test("a program finds the outputs of all instances in a directory, and each of them is saved", async () => {
  await shell.write(
    "squares.yml",
    `
rain: 1
params: { n: { type: integer, default: 12 } }
tasks:
  square: { matrix: { n: "\${{ range(params.n) }}" }, run: [echo, "\${{ matrix.n * matrix.n }}"], stdout: true }
  list: { shell: true, run: "ls -p results && ls results | wc -l", files: { results: "square[*]" }, stdout: true }
  folder: { matrix: { n: [1, 2] }, type: make_directory, inputs: { all: "square[*]" } }
  listed: { run: find . -mindepth 1 -type d, files: { folders: "folder[*]" }, stdout: true }
save: { each/: "square[*]", folders: "folder[*]", list: list, listed: listed }
`,
  );
  const { code, value } = await shell.json("submit", "squares.yml");
  expect(code).toBe(0);
  expect(contentOf("each")).toMatchObject({ "n=0": "0\n", "n=2": "4\n", "n=11": "121\n" });
  expect(value.saved).toMatchObject({
    "each/n=2": "square[n=2]",
    "folders/n=1": "folder[n=1]",
    list: "list",
  });
  expect(contentOf("folders/n=2/all")).toMatchObject({ "n=3": "9\n" });
  expect(read("list")).toMatch(/^n=0\nn=1\nn=10\n[\s\S]*\n12\n$/);
  expect(read("listed").split("\n").sort()).toEqual([
    "",
    "./folders",
    "./folders/n=1",
    "./folders/n=1/all",
    "./folders/n=2",
    "./folders/n=2/all",
  ]);

  // Only for whole directories is it kept what was written.
  const kept = readdirSync(join(shell.home, "saved")).map((name) => name.split("-")[0]);
  expect(kept.sort()).toEqual(["each", "folders"]);

  const { stdout } = await shell.rain("submit", "squares.yml", "--output", "text");
  expect(stdout).toContain("Saved 12 objects in text/each\n");

  const fewer = await shell.rain("submit", "squares.yml", "--set", "n=2", "--output", "text");
  expect(fewer.code).toBe(0);
  expect(contentOf("text/each")).toEqual({ "n=0": "0\n", "n=1": "1\n" });

  const none = await shell.rain("submit", "squares.yml", "--set", "n=0", "--output", "none");
  expect(none.code).toBe(0);
  expect(contentOf("none/each")).toEqual({});
  expect(contentOf("none/folders/n=1/all")).toEqual({});
  expect(read("none/list")).toBe("0\n");
});

test("what was not made is missing in the directory, and said", async () => {
  await shell.write(
    "partly.yml",
    `
rain: 1
onFailure: continue
tasks:
  a: { matrix: { n: [0, 1, 2] }, shell: true, run: "test \${{ matrix.n }} != 1; echo \${{ matrix.n }}", stdout: true }
save: { partly: "a[*]" }
`,
  );
  const { code, value } = await shell.json("submit", "partly.yml");
  expect(code).toBe(1);
  expect(contentOf("partly")).toEqual({ "n=0": "0\n", "n=2": "2\n" });
  expect(value).toMatchObject({ notSaved: { "partly/n=1": { ref: "a[n=1]" } } });
  expect(readdirSync(shell.directory).filter((name) => name.includes("partial"))).toEqual([]);
  expect(existsSync(join(shell.directory, "partly/n=1"))).toBe(false);
});
