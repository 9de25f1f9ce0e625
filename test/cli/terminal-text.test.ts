import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, eventually, type Shell } from "./rain.ts";

/** Would clear the screen, set its title, go up a line, forge a row, and turn text around. */
const HOSTILE = "x\x1b[2J\x1b]0;title\x07\x1b[A\nsession 9 forged finished\r\x9b31m\u202etxt\u200b";
const SAFE = String.raw`x\x1b[2J\x1b]0;title\x07\x1b[A\nsession 9 forged finished\r\x9b31m\u202etxt\u200b`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

let shell: Shell;

beforeAll(async () => {
  shell = await createShell();
  const print = `printf 'out\\033[2J\\n\\302\\2331m'; printf 'err\\033]0;t\\007\\n' >&2; exit 3`;
  const session = {
    rain: 1,
    name: HOSTILE,
    onFailure: "continue",
    tasks: {
      good: { run: ["echo", "hi"], stdout: true, name: HOSTILE, group: HOSTILE, keep: true },
      each: { matrix: { value: [HOSTILE] }, run: ["echo", "hi"], stdout: true, keep: true },
      bad: { run: ["sh", "-c", print], stdout: true, name: `bad ${HOSTILE}` },
      after: { run: ["cat"], stdin: "bad", stdout: true, name: `after ${HOSTILE}` },
      slow: { run: ["sleep", "60"], name: `slow ${HOSTILE}`, group: HOSTILE },
      huge: { run: ["date"], name: `huge ${HOSTILE}`, resources: { cpus: 640 } },
    },
  };
  await shell.write("hostile.json", JSON.stringify(session));
  await shell.start("--local-workers", "[1,1]");
  await shell.rain("submit", "hostile.json", "--detach");
  await eventually(
    async () => (await shell.json("status", "1")).value.tasks.skipped === 1,
    "all but two tasks have ended",
  );
});
afterAll(() => shell.dispose());

describe("text from names, files and tasks", () => {
  it.each([
    ["validate", "hostile.json"],
    ["submit", "hostile.json", "--dry-run"],
    ["submit", "hostile.json", "--timeout", "1s"],
    ["submit", "hostile.json", "--detach"],
    ["status"],
    ["status", "1"],
    ["why", "1", "#0"],
    ["why", "1", "#2"],
    ["why", "1", "#3"],
    ["why", "1", "#5"],
    ["why", "1", "none"],
    ["logs", "1"],
    ["logs", "1", "--failed"],
    ["fetch", "1", "none"],
    ["wait", "1", "--timeout", "100ms"],
    ["cancel", "1"],
    ["wait", "1"],
    ["status", "1"],
    ["close", HOSTILE],
    ["status", HOSTILE],
    ["submit", HOSTILE],
    ["fetch", "1", HOSTILE],
    ["tasks", HOSTILE],
    [HOSTILE],
    ["status", `--${HOSTILE}`],
  ])("reaches the terminal only with its control characters made visible: rain %j %j", async (...args) => {
    const { stdout, stderr } = await shell.rain(...args);
    expect(`${stdout}${stderr}`).not.toMatch(CONTROL);
    expect(`${stdout}${stderr}`).not.toMatch(/^session 9 forged/m);
  });

  it("is shown as escapes, and stays what it is in JSON and in bytes", async () => {
    await shell.write(
      "again.json",
      JSON.stringify({
        rain: 1,
        tasks: { t: { run: ["printf", "\\033[2J"], stdout: true, name: HOSTILE, keep: true } },
      }),
    );
    const submitted = await shell.json("submit", "again.json");
    const session = String(submitted.value.session);
    expect((await shell.rain("logs", session)).stdout).toContain(`finished         ${SAFE}, worker `);
    expect((await shell.json("why", session, "t")).value.name).toBe(HOSTILE);
    expect((await shell.rain("fetch", session, "t")).stdout).toBe("\x1b[2J");
  });
});
