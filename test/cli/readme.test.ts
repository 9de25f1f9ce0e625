import { readFileSync } from "node:fs";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { openShell, type Shell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The fenced blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, text]) => text,
  );
}

/** Runs the lines `rain …` of a block, without their comments, as they stand. */
async function runLines(shell: Shell, block: string): Promise<Record<string, string>> {
  const printed: Record<string, string> = {};
  for (const line of block.split("\n").map((text) => text.replace(/\s+#.*$/, ""))) {
    if (!line.startsWith("rain ")) continue;
    const [, ...words] = line.split(/\s+/);
    const listen = words[0] === "start" ? ["--listen", "0"] : [];
    const { code, stdout, stderr } = await shell.rain(...words, ...listen);
    expect({ line, code, stderr }).toMatchObject({ code: 0 });
    printed[line] = stdout;
  }
  return printed;
}

describe("the README", () => {
  const [hello] = blocks("yaml");

  it("shows a session that does what is said of it", async () => {
    const shell = await openShell();
    await shell.write("hello.yml", hello);
    const usage = blocks("sh").find((block) => block.includes("rain submit hello.yml"));
    const printed = await runLines(shell, usage ?? "");
    expect(printed["rain fetch 1 joined"]).toBe("Hello world!");
    expect(await readFile(join(shell.directory, "loud.txt"), "utf8")).toBe("HELLO WORLD!");
    expect(printed["rain status"]).toContain("finished");
    expect(printed["rain logs"]).toContain("loud");
  });

  it("shows a TypeScript program that runs as written", async () => {
    const shell = await openShell();
    const { address } = await shell.start();
    const modules = join(shell.directory, "node_modules");
    await execa("mkdir", [modules]);
    await symlink(ROOT, join(modules, "rain-tasks"));
    const setUp =
      blocks("sh")
        .find((block) => block.includes("npx tsx hello.ts"))
        ?.split(" && ") ?? [];
    expect(setUp.at(-1)).toBe("npm install rain-tasks tsx\nnpx tsx hello.ts\n");
    for (const line of setUp.slice(0, -1)) {
      const [program = "", ...words] = line.split(" ");
      await execa(program, words, { cwd: shell.directory });
    }
    const [program] = blocks("ts");
    const path = join(shell.directory, "hello.ts");
    await writeFile(path, program.replace("127.0.0.1:7210", address));
    // Node runs no TypeScript before 22.18: tsx compiles it with esbuild, to the same kind of module.
    const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
    await execa(esbuild, [path, "--target=node20", "--outfile=hello.js"], { cwd: shell.directory });
    const { stdout } = await execa(process.execPath, ["hello.js"], {
      cwd: shell.directory,
      env: { RAIN_HOME: shell.home },
    });
    expect(stdout).toBe("Hello world!");
  });

  it("names the two commands that do the set-up, and they exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    expect(blocks("sh").slice(0, 2)).toEqual(["npm ci && npm run demo\n", "npm test\n"]);
    expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
  });
});
