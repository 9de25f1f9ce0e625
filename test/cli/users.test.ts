import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRunAs, openShell } from "./rain.ts";

/** A user without an entry in the table of users. */
const NOBODY = 54_321;
/** Deno itself does not start without a home directory. */
const isDeno = process.env.RAIN_TEST_RUNTIME === "deno";

describe.skipIf(!canRunAs(NOBODY))("a user who is not root", () => {
  it("stops and starts a cluster whatever modes tasks have given to files", async () => {
    const shell = await openShell({ uid: NOBODY });
    const { workDirectory } = await shell.start();
    await shell.write(
      "cache.yml",
      `
rain: 1
tasks:
  cache:
    shell: true
    run: mkdir -p d/inner left && touch d/inner/file left/file && chmod 555 d/inner d left
    out: [{ path: d, dataType: dir }]
save: { saved: cache }
`,
    );
    expect(await shell.rain("submit", "cache.yml")).toMatchObject({ code: 0 });
    expect(existsSync(join(shell.directory, "saved", "inner", "file"))).toBe(true);
    expect(await shell.rain("stop")).toMatchObject({ code: 0 });
    expect(existsSync(workDirectory)).toBe(false);
    await shell.start();
  });

  it.skipIf(isDeno)(
    "needs no home directory and no entry in the table of users, if RAIN_HOME is set",
    async () => {
      const shell = await openShell({ uid: NOBODY, env: { HOME: undefined, SHELL: undefined } });
      await shell.start();
      await shell.write("t.yml", "{ rain: 1, tasks: { t: { run: 'true' } } }");
      expect(await shell.rain("submit", "t.yml")).toMatchObject({ code: 0 });
    },
  );

  it.skipIf(isDeno)("is told to set RAIN_HOME without a home directory", async () => {
    const env = { HOME: undefined, SHELL: undefined, RAIN_HOME: undefined, XDG_STATE_HOME: undefined };
    const shell = await openShell({ uid: NOBODY, env });
    expect(await shell.rain("status")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: this user has no home directory\nhint:  Set RAIN_HOME to a directory for the state of Rain.\n",
    });
  });
});

describe.skipIf(!canRunAs(NOBODY))("somebody else's cluster", () => {
  const JOB = "{ rain: 1, name: secret-name, tasks: { t: { run: [id, -u], stdout: true, keep: true } } }";

  it("refuses every command of another user, and says whose it is", async () => {
    const root = await openShell();
    const { address } = await root.start();
    await root.write("job.yml", JOB);
    expect(await root.rain("submit", "job.yml", "--detach")).toMatchObject({ code: 0 });
    const user = await openShell({ uid: NOBODY, env: { RAIN_SERVER: address } });
    await user.write("job.yml", JOB);
    const commands = [
      ["submit", "job.yml"],
      ["status"],
      ["logs", "secret-name"],
      ["fetch", "secret-name", "t"],
      ["wait", "secret-name"],
      ["cancel", "secret-name"],
      ["close", "secret-name"],
      ["why", "secret-name", "t"],
      ["tasks"],
      ["worker", "--cpus", "1"],
      ["stop"],
      ["stop", "--force"],
    ];
    for (const command of commands) {
      expect([command, await user.rain(...command)]).toEqual([
        command,
        {
          code: 3,
          stdout: "",
          stderr: expect.stringMatching(
            `^error: the server at ${address} belongs to user root \\(uid 0\\); its commands need its token\nhint: `,
          ),
        },
      ]);
    }
    expect(await root.json("status")).toMatchObject({ value: { sessions: [{ name: "secret-name" }] } });
  }, 120_000);

  it("shows neither its token nor its sessions in files, even where others can read the directory", async () => {
    const root = await openShell();
    await chmod(root.directory, 0o755);
    await mkdir(join(root.home, "logs"), { recursive: true });
    for (const folder of [root.home, join(root.home, "logs")]) await chmod(folder, 0o755);
    const { tokenFile } = await root.start("--logdir", join(root.home, "logs"));
    await root.write("job.yml", JOB);
    expect(await root.rain("submit", "job.yml")).toMatchObject({ code: 0 });
    const { stdout } = spawnSync("cat", [tokenFile], { uid: NOBODY, encoding: "utf8" });
    expect(stdout).toBe("");
    const search = spawnSync("grep", ["-rl", "secret-name", root.home], { uid: NOBODY, encoding: "utf8" });
    expect(search.stdout).toBe("");
  });

  it("keeps its address, and another user who wants it is told whose it is", async () => {
    const root = await openShell();
    const { address } = await root.start();
    const user = await openShell({ uid: NOBODY });
    for (const command of ["start", "server"]) {
      expect(await user.rain(command, "--listen", address)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: `error: cannot listen on ${address}: the Rain server of user root (uid 0) is listening there\nhint:  Choose another port with --listen PORT, or --listen 0 for a free one.\n`,
      });
    }
    await user.start();
    expect((await user.json("status")).value.server.address).not.toBe(address);
  });

  it("is closed to root as well, if it belongs to a user without a name", async () => {
    const user = await openShell({ uid: NOBODY });
    const { address } = await user.start();
    const root = await openShell({ env: { RAIN_SERVER: address } });
    const { code, stderr } = await root.rain("status");
    expect(code).toBe(3);
    expect(stderr).toContain(
      `the server at ${address} belongs to uid ${NOBODY}; its commands need its token`,
    );
  });

  it("says to a user who has its RAIN_HOME that this belongs to another user", async () => {
    const root = await openShell();
    await root.start();
    await chmod(root.directory, 0o755);
    const user = await openShell({ uid: NOBODY, env: { RAIN_HOME: root.home } });
    const { code, stderr } = await user.rain("status");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: cannot read .*cluster\.json: .*\nhint: {2}It belongs to another user\. Set RAIN_HOME/,
    );
  });
});
