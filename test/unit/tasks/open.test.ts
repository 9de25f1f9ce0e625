import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pathOf, runTask, scratchDirectory, textOf } from "./run-task.ts";
import { makeFifo } from "./tree-helpers.ts";

test("copies a file in", async () => {
  const path = join(await scratchDirectory(), "data.txt");
  await writeFile(path, "content");
  const { outputs, dir } = await runTask("open", { config: { path } });
  expect(pathOf(outputs[0]).startsWith(dir)).toBe(true);

  await writeFile(path, "changed later");
  expect(await textOf(outputs[0])).toBe("content");
  expect(await readFile(path, "utf8")).toBe("changed later");
});

describe("wrong use", () => {
  test("a relative path", async () => {
    const message = 'open: config.path: "data.txt" is a relative path; an absolute one is needed';
    await expect(runTask("open", { config: { path: "data.txt" } })).rejects.toThrow(message);
  });

  test("a missing file", async () => {
    const path = join(await scratchDirectory(), "nothing");
    await expect(runTask("open", { config: { path } })).rejects.toThrow(
      `"${path}" does not exist on the worker`,
    );
  });

  test("a directory", async () => {
    const path = join(await scratchDirectory(), "dir");
    await mkdir(path);
    await expect(runTask("open", { config: { path } })).rejects.toThrow(
      `"${path}" is a directory; use open_dir for a directory`,
    );
  });

  test("a FIFO, which would never end", async () => {
    const path = join(await scratchDirectory(), "fifo");
    makeFifo(path);
    await expect(runTask("open", { config: { path } })).rejects.toThrow(`"${path}" is not a regular file`);
  });
});
