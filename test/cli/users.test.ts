import { existsSync } from "node:fs";
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
