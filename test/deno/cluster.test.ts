import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, openShell, type Runtime, type Shell } from "../cli/rain.ts";

const FILE = `
rain: 1
name: both
objects: { a: "Hello ", b: "world!" }
tasks:
  joined: { type: concat, inputs: [a, b], keep: true }
  big: { run: [sh, -c, "yes rain | head -c 20000000"], stdout: true }
  one: { run: [cat, big], files: { big: big }, stdout: true }
  two: { run: [cat, big], files: { big: big }, stdout: true }
  all: { type: concat, inputs: [one, two], keep: true }
  tree: { type: make_directory, inputs: [joined], config: { paths: [deep/hello.txt] } }
save: { all.bin: all, tree: tree }
`;
const half = Buffer.from("rain\n".repeat(4_000_000));
const EXPECTED = createHash("sha256").update(half).update(half).digest("hex");

/** Runs the file and checks every byte of what it saves. */
async function expectRightResults(shell: Shell, ...flags: string[]): Promise<void> {
  await shell.write("both.yml", FILE);
  const { code, value } = await shell.json("submit", "both.yml", ...flags);
  expect(value).toMatchObject({ state: "finished", saved: { "all.bin": "all" } });
  expect(code).toBe(0);
  const all = readFileSync(join(shell.directory, "all.bin"));
  expect(createHash("sha256").update(all).digest("hex")).toBe(EXPECTED);
  expect(readFileSync(join(shell.directory, "tree/deep/hello.txt"), "utf8")).toBe("Hello world!");
  expect((await shell.rain("fetch", "both", "joined", ...flags)).stdout).toBe("Hello world!");
}

describe("on Deno", () => {
  it("start, submit, fetch and stop work, with server and workers on Deno too", async () => {
    const shell = await openShell({ runtime: "deno" });
    const { workDirectory } = await shell.start("--local-workers", "[1,1]");
    expect((await shell.json("status")).value.server.runtime).toMatch(/^Deno 2/);
    await expectRightResults(shell);
    expect(await shell.rain("stop")).toMatchObject({ code: 0 });
    expect(existsSync(workDirectory)).toBe(false);
  });

  it("a failing program is reported as on Node", async () => {
    const shell = await openShell({ runtime: "deno" });
    await shell.write("bad.yml", 'rain: 1\ntasks: { bad: { run: [sh, -c, "echo why >&2; exit 3"] } }\n');
    await shell.start();
    const { code, value } = await shell.json("submit", "bad.yml");
    expect(code).toBe(1);
    expect(value.error).toMatchObject({ code: "TASK_FAILED", details: { exitCode: 3, stderr: "why\n" } });
  });
});

describe("a mixed cluster", () => {
  it.each([
    ["node", "deno"],
    ["deno", "node"],
  ] as [Runtime, Runtime][])(
    "runs with its server on %s and workers on both, first on %s",
    async (serverRuntime, workerRuntime) => {
      const shell = await openShell({ runtime: serverRuntime });
      const other = await openShell({ runtime: workerRuntime });
      const tokenFile = join(shell.directory, "token");
      writeFileSync(tokenFile, "0123456789abcdef0123456789abcdef", { mode: 0o600 });
      const server = shell.spawn(
        ...["server", "--listen", "0", "--token-file", tokenFile],
        ...["--ready-file", "ready", "--workdir", "state"],
      );
      await eventually(() => existsSync(join(shell.directory, "ready")), "the server is ready");
      const { address } = JSON.parse(readFileSync(join(shell.directory, "ready"), "utf8"));
      const at = ["--server", address, "--token-file", tokenFile];
      const workers = [other, shell].map((place) =>
        place.spawn("worker", address, "--token-file", tokenFile, "--cpus", "1", "--workdir", "work"),
      );
      const online = async () => (await shell.json("status", ...at)).value.workers.length === 2;
      await eventually(online, "both workers are there");

      await expectRightResults(shell, ...at);
      await expectRightResults(other, ...at);
      expect(await other.rain("stop", ...at)).toMatchObject({ code: 0 });
      for (const { exitCode } of await Promise.all([server, ...workers])) expect(exitCode).toBe(0);
    },
  );
});
