import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openShell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const GREETING = `rain: 1
params:
  who: { type: string, default: world, description: Whom to greet }
  times: { type: integer, default: 1, minimum: 1, maximum: 9 }
tasks:
  hello: { matrix: { n: "\${{ range(params.times) }}" }, run: "echo hello \${{ params.who }}", stdout: true }
  all: { type: concat, inputs: ["hello[*]"] }
save: { hello.txt: all }
`;

describe("parameters on the command line", () => {
  it("come by --set, by --params, or have their defaults", async () => {
    const shell = await openShell();
    await shell.write("greeting.yml", GREETING);
    await shell.write("values.yml", "who: you\ntimes: 3\n");
    await shell.start();
    const submitted = async (...options: string[]) => {
      const { code, stderr } = await shell.rain("submit", "greeting.yml", ...options);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return readFile(join(shell.directory, "hello.txt"), "utf8");
    };
    expect(await submitted()).toBe("hello world\n");
    expect(await submitted("--set", "who=a = b", "--set", "times=2")).toBe("hello a = b\nhello a = b\n");
    expect(await submitted("--params", "values.yml", "--set", "times=1")).toBe("hello you\n");
    expect((await shell.rain("fetch", "1", "hello[n=0]")).code).toBe(2);
  });

  it("are listed when they are wrong, and by --help-params", async () => {
    const shell = await openShell();
    await shell.write("greeting.yml", GREETING);
    const wrong = await shell.rain("validate", "greeting.yml", "--set", "who=x", "--set", "tims=2");
    expect(wrong).toEqual({
      code: 2,
      stdout: "",
      stderr:
        'error: there is no parameter "tims"; did you mean "times"?\n' +
        "hint:  The parameters of greeting.yml are:\n" +
        '  who (string, default "world"): Whom to greet\n' +
        "  times (integer, default 1, at least 1, at most 9)\n",
    });
    const { stdout } = await shell.rain("submit", "greeting.yml", "--help-params");
    expect(stdout).toBe(
      [
        "PARAMETER  TYPE     DEFAULT  MUST BE                DESCRIPTION",
        'who        string   "world"                         Whom to greet',
        "times      integer  1        at least 1, at most 9",
        "",
        "Set one with --set NAME=VALUE, or several with --params FILE.",
        "",
      ].join("\n"),
    );
    const { value } = await shell.json("submit", "greeting.yml", "--help-params");
    expect(value.params).toHaveLength(2);
    expect((await shell.rain("validate", "greeting.yml", "--set", "who")).stderr).toContain("--set chunks=5");
  });
});

describe("rain validate --graph", () => {
  it("prints the graph in the language that is asked for", async () => {
    const shell = await openShell();
    await shell.write("greeting.yml", GREETING);
    const graph = async (...options: string[]) => {
      const { code, stdout } = await shell.rain("validate", "greeting.yml", "--set", "times=2", ...options);
      expect(code).toBe(0);
      return stdout;
    };
    expect(await graph("--graph", "mermaid", "--unexpanded")).toContain('["hello × 2"]');
    expect(await graph("--graph", "dot")).toMatch(
      /^digraph "greeting" \{\n[\s\S]*"hello\[n=1\]" -> "all";\n/,
    );
    expect(JSON.parse(await graph("--graph", "json")).nodes).toHaveLength(4);
  });
});

describe("rain init", () => {
  it.each([
    ["mine", "node_modules/rain-tasks/schema/session.json"],
    ["deep/er/mine", "../../node_modules/rain-tasks/schema/session.json"],
  ])("names the schema that is installed for the file %s", async (name, expected) => {
    const shell = await openShell();
    await mkdir(join(shell.directory, "deep", "er"), { recursive: true });
    await mkdir(join(shell.directory, "node_modules"));
    await symlink(ROOT, join(shell.directory, "node_modules", "rain-tasks"));
    const { value } = await shell.json("init", name);
    const text = await readFile(join(shell.directory, value.file), "utf8");
    const [, schema = ""] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? [];
    expect(schema).toBe(expected);
    expect(existsSync(join(shell.directory, name, "..", schema))).toBe(true);
  });

  it("writes a file that is valid and runs, and leaves one alone that is there", async () => {
    const shell = await openShell();
    const { value } = await shell.json("init", "mine");
    expect(value).toEqual({ version: 1, file: "mine.yml" });
    const text = await readFile(join(shell.directory, "mine.yml"), "utf8");
    const [, schema] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? [];
    expect(schema).toMatch(/^https:\/\/.*\/v\d[^/]*\/schema\/session\.json$/);
    expect((await shell.rain("validate", "mine.yml")).stdout).toContain("mine is valid: 1 object, 6 tasks");
    await shell.start();
    expect((await shell.rain("submit", "mine.yml", "--set", "parts=2")).code).toBe(0);
    expect(await readFile(join(shell.directory, "words.txt"), "utf8")).toMatch(/^4 the\n3 rain\n/);
    const again = await shell.rain("init", "mine");
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("mine.yml already exists") });
    expect(await readFile(join(shell.directory, "mine.yml"), "utf8")).toBe(text);
  });
});
