import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { runtimeCommand } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

it("what the package ships runs by itself, without any installed library", async () => {
  const directory = await mkdtemp(join(tmpdir(), "package-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const name of ["bin", "dist", "oclif.manifest.json", "package.json"]) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  const [program, ...args] = runtimeCommand().slice(0, -1);
  const rain = (...words: string[]) =>
    execa(program, [...args, join(directory, "bin", "rain.js"), ...words], {
      cwd: directory,
      env: { RAIN_HOME: join(directory, "home"), RAIN_SERVER: "" },
      reject: false,
    });
  expect(await rain("start", "--listen", "0")).toMatchObject({ exitCode: 0 });
  expect(await rain("status")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("online") });
  expect(await rain("stop")).toMatchObject({ exitCode: 0 });

  const script = join(directory, "api.mjs");
  const load = `import * as rain from "./dist/index.js"; console.log(typeof rain.connect, typeof rain.tasks.concat)`;
  await writeFile(script, load);
  expect(await execa(program, [...args, script])).toMatchObject({
    stdout: "function function",
  });
  expect(await readdir(join(directory, "dist", "types"))).toContain("index.d.ts");
});

it("its type declarations need no library but those of Node", async () => {
  const directory = await mkdtemp(join(tmpdir(), "package-types-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await cp(join(ROOT, "dist", "types"), join(directory, "types"), { recursive: true });
  const lines = [
    'import type { LogEntry, Placement, SessionStatus, TaskInfo, TaskStory } from "./types/index.js";',
    "type IsAny<T> = 0 extends 1 & T ? true : false;",
    'type Named = LogEntry | Placement | SessionStatus["plugins"][number] | TaskInfo | TaskStory;',
    "export const isAny: IsAny<Named> = false;",
    "export const user = (task: TaskInfo): unknown => task.user;",
    "// @ts-expect-error There is no such field.",
    "export const missing = (task: TaskInfo) => task.missing;",
  ];
  await writeFile(join(directory, "user.mts"), lines.join("\n"));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
  const checked = await execa(process.execPath, [tsc, ...flags, "user.mts"], {
    cwd: directory,
    reject: false,
  });
  expect(checked).toMatchObject({ exitCode: 0, stdout: "" });
});
