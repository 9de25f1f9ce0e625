import { readFileSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, runtimeCommand, type Shell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = readFileSync(join(ROOT, "docs", "typescript-api.md"), "utf8");
const [snippet, graph] = [...GUIDE.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, text]) => text);

const HELLO = `rain: 1
params: { name: { type: string, default: you } }
tasks:
  hello: { run: [echo, "hello \${{ params.name }}"], stdout: true }
save: { hello.txt: hello }
`;

describe("docs/typescript-api.md", () => {
  let shell: Shell;
  let address: string;
  beforeAll(async () => {
    shell = await createShell();
    ({ address } = await shell.start());
    const modules = join(shell.directory, "node_modules");
    await mkdir(modules);
    await symlink(ROOT, join(modules, "rain-tasks"));
    // Deno resolves a bare import only when the program's package.json lists it.
    await shell.write("package.json", JSON.stringify({ dependencies: { "rain-tasks": "*" } }));
    await shell.write("hello.yml", HELLO);
  });
  afterAll(() => shell.dispose());

  /** What a program prints. */
  async function run(program: string): Promise<string> {
    await writeFile(join(shell.directory, "program.ts"), program.replaceAll("127.0.0.1:7210", address));
    // Node runs no TypeScript before 22.18.
    const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
    await execa(esbuild, ["program.ts", "--format=esm", "--target=node20", "--outfile=program.mjs"], {
      cwd: shell.directory,
    });
    const [node, ...words] = runtimeCommand().slice(0, -1);
    const { stdout } = await execa(node, [...words, "program.mjs"], {
      cwd: shell.directory,
      env: { RAIN_HOME: shell.home },
    });
    return stdout;
  }

  it("shows a program that runs a session file", async () => {
    // Node quotes an inspected string with ', Deno with ".
    expect((await run(snippet)).replaceAll('"', "'")).toBe("finished [ 'results/hello.txt' ]");
    expect(await readFile(join(shell.directory, "results", "hello.txt"), "utf8")).toBe("hello world\n");
  });

  it("shows a program that builds a graph and submits a constant twice", async () => {
    expect(await run(graph)).toBe("a\nb\n\nfalse blob");
  });

  it("is right that the outcome is that of `rain submit --json`", async () => {
    const program = `import { runFile } from "rain-tasks";
console.log(JSON.stringify(await runFile("127.0.0.1:7210", "hello.yml")));`;
    const outcome = JSON.parse(await run(program));
    const { stdout } = await shell.rain("submit", "hello.yml", "--json");
    const { version, ...printed } = JSON.parse(stdout);
    expect(version).toBe(1);
    const { session, durationSeconds, createdAt, startedAt, endedAt } = outcome;
    expect({ ...printed, session, durationSeconds, createdAt, startedAt, endedAt }).toEqual(outcome);
  });

  it("is right that a failed session has an outcome, and an invalid file throws", async () => {
    await shell.write("fails.yml", 'rain: 1\ntasks: { bad: { run: ["false"] } }\n');
    await shell.write("invalid.yml", "rain: 1\ntasks: { bad: { runs: [] } }\n");
    const program = `import { runFile } from "rain-tasks";
const { state, error } = await runFile("127.0.0.1:7210", "fails.yml");
console.log(state, error.code);
await runFile("127.0.0.1:7210", "invalid.yml").catch((error) => console.log(error.code));`;
    expect(await run(program)).toBe("failed TASK_FAILED\nINVALID_FILE");
  });
});
