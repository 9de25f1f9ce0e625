import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freeAddress, openShell } from "./rain.ts";

const DEBUG = 20;
const LEVELS = "trace, debug, info, warn, error, silent";

/** The levels of the lines of a process's log. */
async function levelsOf(logDirectory: string, name: string): Promise<Set<number>> {
  const text = await readFile(join(logDirectory, `${name}.log`), "utf8");
  return new Set(
    text
      .trimEnd()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).level),
  );
}

describe("the log level", () => {
  it("is passed by `rain start` to the server and the workers", async () => {
    const shell = await openShell();
    const { logDirectory } = await shell.start("--local-workers", "[1,1]", "--log-level", "debug");
    for (const name of ["server", "worker-1", "worker-2"]) {
      expect(await levelsOf(logDirectory, name)).toContain(DEBUG);
    }
  });

  it("is info unless it is given", async () => {
    const shell = await openShell({ env: { RAIN_LOG: "" } });
    const { logDirectory } = await shell.start();
    const levels = await levelsOf(logDirectory, "server");
    expect(Math.min(...levels)).toBe(30);
  });

  it("is that of the flag rather than of $RAIN_LOG", async () => {
    const shell = await openShell({ env: { RAIN_LOG: "debug" } });
    const { logDirectory } = await shell.start("--log-level", "silent");
    expect(await levelsOf(logDirectory, "server")).toEqual(new Set());
  });

  it.each([
    ["the flag", ["--log-level", "debug"], {}],
    ["$RAIN_LOG", [], { RAIN_LOG: "debug" }],
  ])("by %s shows on stderr which server a command found and what it asked of it", async (_by, args, env) => {
    const shell = await openShell({ env: { ...env, RAIN_SERVER: "" } });
    const { address } = await shell.start("--log-level", "info");
    const { code, stderr, stdout } = await shell.rain("status", "--json", ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ server: { address } });
    expect(stderr).toContain(`the server is ${address}, by the last \`rain start\``);
    expect(stderr).toMatch(new RegExp(`debug  connected to Rain \\S+ at ${address}  ms=\\d+`));
    expect(stderr).toMatch(/debug {2}status answered {2}ms=\d+/);
  });

  it("shows the download of an object", async () => {
    const shell = await openShell();
    await shell.start();
    await shell.write("file.yml", "rain: 1\ntasks:\n  a: { run: [echo, hello], stdout: true, keep: true }\n");
    const submit = await shell.rain("submit", "file.yml");
    expect(submit).toMatchObject({ code: 0, stderr: expect.not.stringContaining("debug") });
    const { stdout, stderr } = await shell.rain("fetch", "1", "a", "--log-level", "debug");
    expect(stdout).toBe("hello\n");
    expect(stderr).toMatch(/debug {2}GET \S+ answered 200 {2}ms=\d+/);
  });

  it("shows why a server cannot be reached", async () => {
    const address = await freeAddress();
    const shell = await openShell();
    const { code, stderr } = await shell.rain("status", "--server", address, "--log-level", "trace");
    expect(code).toBe(3);
    expect(stderr).toContain(`the server is ${address}, by --server`);
    expect(stderr).toContain(`cannot connect to ${address}: no Rain server at ${address}`);
  });

  it.each([
    ["--log-level=loud", ["--log-level", "loud"], {}],
    ["$RAIN_LOG=loud", [], { RAIN_LOG: "loud" }],
  ])("refuses %s and names the levels", async (said, args, env) => {
    const shell = await openShell({ env });
    const { code, stdout, stderr } = await shell.rain("status", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`Expected ${said} to be one of: ${LEVELS}`);
  });

  it("is explained by the help of every command", async () => {
    const shell = await openShell();
    for (const command of ["start", "server", "worker", "submit", "validate"]) {
      expect((await shell.rain(command, "--help")).stdout).toMatch(
        /--log-level=<option>\s+Lowest level to log/,
      );
    }
  });
});
