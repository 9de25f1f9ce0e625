import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { createShell, eventually, openShell, type Shell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** npm with a cache of its own, which is empty, and no network. */
function npmEnv(directory: string): Record<string, string> {
  return { npm_config_cache: join(directory, "npm-cache"), npm_config_offline: "true" };
}

async function openPluginShell(): Promise<Shell> {
  const scratch = await openShell();
  const shell = await createShell({ env: npmEnv(scratch.directory) });
  onTestFinished(() => shell.dispose());
  return shell;
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa("npm", args, { cwd, env: npmEnv(cwd) });
  return stdout;
}

/** The tarball of a plugin `words` as its author makes it; answers its path. */
async function packWords(shell: Shell, version = "1.0.0"): Promise<string> {
  const folder = join(shell.directory, "words");
  await rm(folder, { recursive: true, force: true });
  expect(await shell.rain("plugins", "create", "words")).toMatchObject({ code: 0 });
  await npm(folder, "version", version, "--allow-same-version", "--no-git-tag-version");
  return join(folder, await npm(folder, "pack", "--silent"));
}

const COUNT = `
rain: 1
objects: { text: "the rain, the rain" }
tasks:
  counts: { type: words/count, inputs: [text], config: { atLeast: 2 } }
save: { counts.json: counts }
`;

/** A package with this module, and this "rain" field unless it is `null`. */
async function writePlugin(shell: Shell, module: string, rain: unknown = "./index.js"): Promise<void> {
  const manifest = { name: "rain-odd", version: "1.0.0", type: "module", ...(rain !== null && { rain }) };
  await execa("mkdir", ["-p", join(shell.directory, "odd")]);
  await shell.write("odd/package.json", JSON.stringify(manifest));
  await shell.write("odd/index.js", module);
}

describe("rain plugins create", () => {
  it("writes a plugin that passes its own tests, packs, and checks against the types", async () => {
    const shell = await openPluginShell();
    const { value } = await shell.json("plugins", "create", "words");
    expect(value).toEqual({ version: 1, name: "words", folder: join(shell.directory, "words") });
    const { stdout } = await execa("npm", ["test"], { cwd: value.folder, env: npmEnv(shell.directory) });
    expect(stdout).toMatch(/pass 3\b/);
    expect(stdout).toMatch(/fail 0\b/);
    const options =
      "--noEmit --allowJs --checkJs --strict --skipLibCheck --module nodenext --target es2023 --types node";
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const types = ["--typeRoots", join(ROOT, "node_modules/@types")];
    const sources = ["index.js", "index.test.js"];
    await execa(process.execPath, [tsc, ...options.split(" "), ...types, ...sources], { cwd: value.folder });
    const listed = await npm(value.folder, "pack", "--dry-run", "--json");
    const files = JSON.parse(listed)[0].files.map(({ path }: { path: string }) => path);
    expect(files.sort()).toEqual(["README.md", "index.js", "package.json"]);
  });

  it.each([
    [["words"], "already exists"],
    [["Words"], "may contain lower-case letters"],
    [["builtin"], "is reserved"],
  ])("refuses %s", async (args, reason) => {
    const shell = await openPluginShell();
    await execa("mkdir", [join(shell.directory, "words")]);
    const { code, stderr } = await shell.rain("plugins", "create", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });
});

describe("an installed plugin", () => {
  it("is listed, with its task types, until it is uninstalled", async () => {
    const shell = await openPluginShell();
    const tarball = await packWords(shell);
    expect(await shell.rain("plugins", "install", tarball)).toMatchObject({
      code: 0,
      stdout: "Installed words 1.0.0: words/count\n",
    });
    const { value } = await shell.json("plugins", "list");
    expect(value.plugins).toEqual([
      {
        name: "words",
        package: "rain-words",
        version: "1.0.0",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        integrity: expect.stringMatching(/^sha512-/),
        from: { kind: "tarball", spec: tarball },
        taskTypes: ["words/count"],
        contentTypes: [],
        commands: [],
      },
    ]);
    expect((await shell.json("tasks", "words/count")).value).toMatchObject({
      name: "words/count",
      from: "rain-words@1.0.0",
      inputs: "text: blob (text)",
      config: { properties: { atLeast: { minimum: 1 } } },
    });
    expect(await shell.rain("plugins", "uninstall", "rain-words")).toMatchObject({ code: 0 });
    expect((await shell.json("plugins", "list")).value).toEqual({ version: 1, plugins: [] });
    expect(await readdir(join(shell.home, "plugins"))).toEqual(["index.json"]);
  });

  it("is replaced by another version, and by what it was installed from when it is updated", async () => {
    const shell = await openPluginShell();
    await shell.rain("plugins", "install", await packWords(shell));
    const { stdout } = await shell.rain("plugins", "install", await packWords(shell, "1.1.0"));
    expect(stdout).toBe("Installed words 1.1.0 in place of 1.0.0: words/count\n");
    expect((await shell.rain("plugins", "update")).stdout).toBe("words 1.1.0 is unchanged.\n");
    await rm(join(shell.directory, "words"), { recursive: true });
    expect(await shell.rain("plugins", "update", "words")).toMatchObject({ code: 1 });
    expect((await shell.json("plugins", "list")).value.plugins).toMatchObject([{ version: "1.1.0" }]);
  });

  it("of Rain is found by its short name, without a network, and named for its unknown task types", async () => {
    const shell = await openShell({ env: { npm_config_registry: "http://127.0.0.1:9" } });
    const session = "{ rain: 1, objects: { csv: a }, tasks: { t: { type: arrow/from_csv, inputs: [csv] } } }";
    await shell.write("table.yml", session);
    await shell.start();
    const hint = "hint:  `rain plugins install arrow` adds the task types of arrow.\n";
    for (const args of [
      ["tasks", "arrow/from_csv"],
      ["validate", "table.yml"],
      ["submit", "table.yml"],
    ])
      expect((await shell.rain(...args)).stderr).toContain(hint);
    const { plugin } = (await shell.json("plugins", "install", "arrow")).value;
    expect(plugin).toMatchObject({ name: "arrow", from: { kind: "rain", spec: "arrow" } });
    expect((await shell.rain("plugins", "update")).stdout).toMatch(/^arrow \S+ is unchanged\.\n$/);
    expect(await shell.rain("submit", "table.yml")).toMatchObject({ code: 0 });
    expect(await shell.rain("plugins", "install", "python@0.0.1")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error: the plugin python comes with Rain, in version \S+, not 0\.0\.1\n/,
      ),
    });
  });

  it("can be a folder, copied or linked", async () => {
    const shell = await openPluginShell();
    await packWords(shell);
    const from = async (...args: string[]) => (await shell.json("plugins", ...args)).value.plugin.from;
    const spec = join(shell.directory, "words");
    expect(await from("install", "./words")).toEqual({ kind: "folder", spec });
    expect(await from("link", "words")).toEqual({ kind: "link", spec });
    expect(await readdir(join(shell.home, "plugins"))).toEqual(["index.json"]);
  });

  it("is linked without a change of its folder, which has no Rain, and is gone for `rain tasks` at once when uninstalled", async () => {
    const shell = await openPluginShell();
    await packWords(shell);
    await rm(join(shell.directory, "words", "node_modules"), { recursive: true, force: true });
    await shell.write("count.yml", COUNT);
    await shell.start();
    const before = await readdir(join(shell.directory, "words"), { recursive: true });
    const offered = async () =>
      (await shell.json("tasks")).value.types.filter(({ name }: { name: string }) => name === "words/count");
    expect(await shell.rain("plugins", "link", "words")).toMatchObject({ code: 0 });
    expect(await offered()).toMatchObject([{ workers: [expect.any(Number)] }]);
    expect(await shell.rain("submit", "count.yml")).toMatchObject({ code: 0 });
    expect(await shell.rain("plugins", "uninstall", "words")).toMatchObject({ code: 0 });
    expect(await offered()).toEqual([]);
    expect(await readdir(join(shell.directory, "words"), { recursive: true })).toEqual(before);
  });

  it("has its tasks checked by its own code before anything runs", async () => {
    const shell = await openPluginShell();
    await shell.rain("plugins", "install", await packWords(shell));
    await shell.write("odd.yml", COUNT.replace("atLeast: 2", "atLeast: none"));
    const { code, stderr } = await shell.rain("validate", "odd.yml");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "odd.yml:5:67: config.atLeast of words/count: a whole number above 0 is expected",
    );
    await shell.write("odd.yml", COUNT.replace("words/count", "words/cuont"));
    expect((await shell.rain("validate", "odd.yml")).stderr).toContain('did you mean "words/count"?');
  });
});

describe("rain plugins install refuses", () => {
  it.each<[string, string, unknown, RegExp]>([
    ["what is no plugin", "", null, /is not a Rain plugin: its package.json has no "rain" field/],
    ["a missing module", "", "./none.js", /names the module none.js, which does not exist/],
    ["a module that throws", 'throw new Error("boom")', "./index.js", /cannot be loaded: boom/],
    [
      "a module that ends the process",
      "process.exit(7)",
      "./index.js",
      /ended with exit code 7 while it was loaded/,
    ],
    ["a module without a plugin", "export default 3", "./index.js", /it does not export a plugin/],
    [
      "another contract",
      'export default { name: "odd", contract: 9 }',
      "./index.js",
      /is of version 9 of the plugin contract/,
    ],
    [
      "a reserved name",
      'export default { name: "builtin", contract: 1 }',
      "./index.js",
      /"builtin" is reserved for Rain/,
    ],
  ])("%s, and leaves nothing behind", async (_, module, rain, reason) => {
    const shell = await openPluginShell();
    await writePlugin(shell, module, rain);
    const { code, stderr } = await shell.rain("plugins", "install", "./odd");
    expect(stderr).toMatch(reason);
    expect(code).toBeGreaterThan(0);
    expect(await readdir(join(shell.home, "plugins"))).toEqual([]);
  });

  it("a name that another package has", async () => {
    const shell = await openPluginShell();
    await shell.rain("plugins", "install", await packWords(shell));
    await writePlugin(shell, 'export default { name: "words", contract: 1 }');
    const { code, stderr } = await shell.rain("plugins", "install", "./odd");
    expect(code).toBe(2);
    expect(stderr).toContain('the package rain-odd has a plugin "words", but so does rain-words');
    expect((await shell.json("plugins", "list")).value.plugins).toMatchObject([{ package: "rain-words" }]);
  });

  it("what npm cannot get", async () => {
    const shell = await openPluginShell();
    const { code, value } = await shell.json("plugins", "install", "rain-no-such-plugin");
    expect(code).toBe(1);
    expect(value.error.message).toMatch(/^cannot install rain-no-such-plugin: npm cannot reach the registry/);
    expect((await shell.rain("plugins", "install", "./nowhere.tgz")).stderr).toContain("there is nothing at");
    expect(await readdir(join(shell.home, "plugins"))).toEqual([]);
  });

  it("everything where there is no npm", async () => {
    const shell = await openShell({ env: { PATH: "/nowhere" } });
    await writePlugin(shell, "");
    const { code, stderr } = await shell.rain("plugins", "install", "./odd");
    expect(code).toBe(1);
    expect(stderr).toContain("npm is not on the PATH");
  });
});

describe("a plugin in a cluster", () => {
  it("is offered by running workers as soon as it is installed, and no more when it is uninstalled", async () => {
    const shell = await openPluginShell();
    const tarball = await packWords(shell);
    await shell.start("--local-workers", "[1,1]");
    const workers = async () => {
      const { types } = (await shell.json("tasks")).value;
      return types.find(({ name }: { name: string }) => name === "words/count")?.workers ?? [];
    };
    expect(await workers()).toEqual([]);
    await shell.rain("plugins", "install", tarball);
    await eventually(async () => (await workers()).length === 2, "both workers offer the new task type");
    await shell.rain("plugins", "uninstall", "words");
    await eventually(async () => (await workers()).length === 0, "no worker offers it any more");
    expect((await shell.rain("logs", "--server")).stdout).toMatch(
      /worker-changed\s+worker 1, now offers 9 task types/,
    );
  });

  it("reaches workers that never had it, in the very version of the session", async () => {
    const author = await openPluginShell();
    const workers = await openShell();
    const { address, tokenFile } = await workers.start("--local-workers", "[1,1]");
    await author.write("count.yml", COUNT);
    const at = ["--server", address, "--token-file", tokenFile];
    const submit = (...args: string[]) => author.json("submit", "count.yml", ...at, ...args);

    const unknown = await submit();
    expect(unknown.code).toBe(2);
    expect(unknown.value.error).toMatchObject({
      code: "UNKNOWN_TASK_TYPE",
      message: "no worker offers the task type words/count",
      hint: expect.stringContaining("rain plugins install"),
    });

    await author.rain("plugins", "install", await packWords(author));
    const { code, value } = await submit();
    expect(code).toBe(0);
    expect(await readFile(join(author.directory, "counts.json"), "utf8")).toBe('{"the":2,"rain":2}');
    const [{ hash }] = (await author.json("plugins", "list")).value.plugins;
    const status = await author.json("status", String(value.session), ...at);
    expect(status.value.plugins).toEqual([
      { name: "words", package: "rain-words", version: "1.0.0", hash, shipped: true },
    ]);

    const kept = await submit("--no-ship");
    expect(kept.code).toBe(2);
    expect(kept.value.error.message).toMatch(
      /^no worker has the plugin of words\/count, rain-words 1\.0\.0 /,
    );
  });

  it("that is linked runs as it is at the submit", async () => {
    const shell = await openPluginShell();
    await packWords(shell);
    await shell.write("count.yml", COUNT);
    await shell.rain("plugins", "link", "words");
    await shell.start();
    expect(await shell.rain("submit", "count.yml")).toMatchObject({ code: 0 });
    const module = await readFile(join(shell.directory, "words/index.js"), "utf8");
    await shell.write("words/index.js", module.replace("toLowerCase", "toUpperCase"));
    expect(await shell.rain("submit", "count.yml")).toMatchObject({ code: 0 });
    expect(await readFile(join(shell.directory, "counts.json"), "utf8")).toBe('{"THE":2,"RAIN":2}');
  });
});

it("commands of plugins are listed by help, and run", async () => {
  const shell = await openPluginShell();
  await writePlugin(shell, 'export default { name: "odd", contract: 1 }', {
    module: "./index.js",
    commands: "./commands.js",
  });
  await shell.write(
    "odd/commands.js",
    `export const COMMANDS = { greet: { summary: "Greets", async run([name]) { if (!name) throw new Error("whom?"); console.log("Hello " + name); } } };`,
  );
  expect((await shell.rain("plugins", "link", "odd")).stdout).toBe(
    "Linked odd 1.0.0.\nNew commands: `rain greet`\n",
  );
  expect(await shell.rain("greet", "you")).toMatchObject({ code: 0, stdout: "Hello you\n" });
  expect((await shell.rain("help")).stdout).toContain("COMMANDS OF PLUGINS\n  greet  Greets\n");
  expect((await shell.rain("greet", "--help")).stdout).toContain("From the plugin odd 1.0.0.");
  const failed = await shell.rain("greet");
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stderr).toContain("error: `rain greet`, a command of the plugin odd, failed: whom?");
  expect((await shell.rain("gret")).stderr).toContain('there is no command "gret"');
});
