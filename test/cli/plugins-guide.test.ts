import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";
import { openShell, type Shell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = readFileSync(join(ROOT, "docs", "plugins.md"), "utf8");
const [plugin, values, testProgram, program] = [...GUIDE.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
  ([, text]) => text,
);

/** A folder that has Rain and valibot installed, with these files. */
async function projectOf(files: Record<string, string>): Promise<Shell> {
  const shell = await openShell();
  const modules = join(shell.directory, "node_modules");
  await mkdir(modules);
  await symlink(ROOT, join(modules, "rain-tasks"));
  for (const name of ["valibot", "@types"])
    await symlink(join(ROOT, "node_modules", name), join(modules, name));
  await writeFile(join(shell.directory, "package.json"), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) await writeFile(join(shell.directory, name), text);
  return shell;
}

/** Checks the types, and compiles. */
async function compile({ directory }: Shell): Promise<void> {
  const options = [
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "esnext",
    "--types",
    "node",
  ];
  const files = ["index.ts", "index.test.ts"];
  await execa(join(ROOT, "node_modules", ".bin", "tsc"), [...options, "--skipLibCheck", ...files], {
    cwd: directory,
  });
}

test("the plugin of the guide compiles and passes its tests", async () => {
  const shell = await projectOf({ "index.ts": plugin, "index.test.ts": testProgram });
  await compile(shell);
  const { stdout } = await execa(process.execPath, ["--test", "index.test.js"], { cwd: shell.directory });
  expect(stdout).toMatch(/pass 2/);
});

test("a content type's values get the type that a plugin declares", async () => {
  const use = `import { defineTask } from "rain-tasks/plugin";
    ${values}
    export const type = defineTask({
      name: "a", summary: "", inputs: { fixed: [{ contentType: "user/points" }] }, outputs: {},
      async run({ inputs }) { const [[x]] = await inputs[0].load(); return x > 0 ? [] : []; },
    });`;
  const shell = await projectOf({ "index.ts": use, "index.test.ts": "" });
  await compile(shell);
});

test("the program with remote functions runs as written", async () => {
  const shell = await projectOf({});
  const { address } = await shell.start();
  await writeFile(join(shell.directory, "sample.ts"), program.replace("127.0.0.1:7210", address));
  const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
  await execa(esbuild, ["sample.ts", "--format=esm", "--target=node20", "--outfile=sample.mjs"], {
    cwd: shell.directory,
  });
  const { stdout } = await execa(process.execPath, ["sample.mjs"], {
    cwd: shell.directory,
    env: { RAIN_HOME: shell.home },
  });
  expect(stdout).toBe("14");
});
