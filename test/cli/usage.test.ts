import { describe, expect, it } from "vitest";
import { freeAddress, openShell } from "./rain.ts";

describe("rain", () => {
  it("tells its version", async () => {
    const shell = await openShell();
    expect(await shell.rain("--version")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^rain \d+\.\d+\.\d+/),
    });
  });

  it("tells it shortly with -v, and with its runtime as a command", async () => {
    const shell = await openShell();
    const { stdout } = await shell.rain("--version");
    expect(await shell.rain("-v")).toEqual({ code: 0, stdout, stderr: "" });
    expect((await shell.rain("version")).stdout).toMatch(/^rain \d+\.\d+\.\d+\S*, (node|deno) [\d.]+, /);
  });

  it.each([["--help"], ["-h"], ["help"], []])("lists its commands with %j", async (...args) => {
    const { code, stdout } = await (await openShell()).rain(...args);
    expect(code).toBe(0);
    for (const command of ["start", "submit", "status", "logs", "stop", "worker"])
      expect(stdout).toContain(`  ${command} `);
  });

  it.each([
    ["help", "submit"],
    ["submit", "--help"],
    ["submit", "-h"],
  ])("explains a command with %s %s", async (...args) => {
    const { code, stdout } = await (await openShell()).rain(...args);
    expect(code).toBe(0);
    expect(stdout).toContain("rain submit FILE");
    expect(stdout).toContain("--timeout");
  });

  it("suggests the command that was probably meant", async () => {
    const { code, stderr } = await (await openShell()).rain("sumbit", "x.yml");
    expect(code).toBe(2);
    expect(stderr).toBe('error: there is no command "sumbit"\nhint:  Did you mean `rain submit`?\n');
  });

  it.each([
    [["status", "--wach"], "--watch"],
    [["submit", "x.yml", "--ouput=out"], "--output"],
    [["submit", "x.yml", "--detatch"], "--detach"],
    [["start", "--local-worker", "[1]"], "--local-workers"],
    [["submit", "x.yml", "--no-shp"], "--no-ship"],
    [["wait", "1", "--jsn"], "--json"],
  ])("suggests the flag that was probably meant by %j", async (args, flag) => {
    const { code, stderr } = await (await openShell()).rain(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`hint:  Did you mean \`${flag}\`?\n`);
  });

  it.each([
    [["status", "--wach"], "Nonexistent flag: --wach"],
    [["submit"], "Missing 1 required arg"],
    [["cancel", "1", "2"], "Unexpected argument: 2"],
    [["start", "--local-workers", "none"], "is not a list of cpus"],
    [["start", "--simple", "--local-workers", "[1]"], "--simple"],
    [["wait", "1", "--timeout", "soon"], '"soon" is not a duration'],
    [["status", "--server", "not an address"], "is not an address"],
    [["worker", "--cpus", "none"], "is not a number of cpus"],
    [["fetch", "1", "x", "--as", "png"], 'unknown content type "png"'],
  ])("refuses %j with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await (await openShell()).rain(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain("hint:");
  });

  it("says within two seconds that there is no server, and how to start one", async () => {
    const shell = await openShell();
    const address = await freeAddress();
    const begin = performance.now();
    const { code, stderr } = await shell.rain("status", "--server", address);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(code).toBe(3);
    expect(stderr).toContain(`no Rain server at ${address}`);
    expect(stderr).toContain("rain start");
  });

  it("finds the server by $RAIN_SERVER", async () => {
    const address = await freeAddress();
    const shell = await openShell({ env: { RAIN_SERVER: address } });
    expect((await shell.json("status")).value.error).toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringContaining(address),
    });
  });

  it("ends quietly when nobody reads on", async () => {
    const shell = await openShell();
    const listing = shell.spawn("tasks");
    listing.stdout?.destroy();
    expect(await listing).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("a directory where results cannot be saved", () => {
  it("is refused before anything runs, with exit code 2", async () => {
    const shell = await openShell({ env: { RAIN_SERVER: await freeAddress() } });
    await shell.write("file", "");
    await shell.write(
      "s.yml",
      "rain: 1\ntasks: { a: { run: [date], stdout: true } }\nsave: { file/a.txt: a }\n",
    );
    for (const [directory, wrong] of [
      ["file", "file"],
      ["file/below", "file"],
      [".", "file"],
    ] as const) {
      const { code, stderr } = await shell.rain("submit", "s.yml", "--output", directory);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: cannot save results in /);
      expect(stderr).toContain(`${wrong} is not a directory`);
    }
    const { code } = await shell.rain("submit", "s.yml", "--output", "new/folder");
    expect(code).toBe(3);
  });
});

describe("a session file with faults", () => {
  it.each([
    ["broken YAML", "rain: 1\ntasks: { a: [\n", /file\.yml:\d+:\d+: /],
    [
      "an unknown key",
      "rain: 1\ntasks:\n  a: { type: concat, inptus: [] }\n",
      /file\.yml:3:22: .*did you mean "inputs"/,
    ],
    [
      "an unknown task type",
      "rain: 1\ntasks:\n  a: { type: conact }\n",
      /file\.yml:3:14: .*did you mean "concat"/,
    ],
    [
      "a cycle",
      "rain: 1\ntasks:\n  a: { type: concat, inputs: [b] }\n  b: { type: concat, inputs: [a] }\n",
      /file\.yml:4:31: these tasks depend on each other: a → b → a/,
    ],
    ["an unknown reference", "rain: 1\ntasks:\n  a: { type: concat, inputs: [x] }\n", /file\.yml:3:31: /],
  ])("that is %s is refused with its position", async (_what, text, message) => {
    const shell = await openShell();
    await shell.write("file.yml", text);
    const { code, stdout, stderr } = await shell.rain("submit", "file.yml");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    const { code: jsonCode, value } = await shell.json("validate", "file.yml");
    expect(jsonCode).toBe(2);
    expect(value.error.details.errors[0]).toMatchObject({ file: "file.yml", line: expect.any(Number) });
  });

  it("is refused before any server is needed", async () => {
    const shell = await openShell({ env: { RAIN_SERVER: await freeAddress() } });
    expect(await shell.rain("submit", "missing.yml")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing.yml: it does not exist"),
    });
  });
});
