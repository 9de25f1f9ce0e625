import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openShell } from "./rain.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

it("the example of the README gives the expected report, to the byte", async () => {
  const shell = await openShell();
  await shell.start();
  const { code, value } = await shell.json("submit", join(EXAMPLES, "late-flights/late-flights.yml"));
  expect({ code, error: value.error }).toEqual({ code: 0, error: undefined });
  expect(readFileSync(join(shell.directory, "late-flights.txt"), "utf8")).toBe(
    readFileSync(join(EXAMPLES, "late-flights/expected/late-flights.txt"), "utf8"),
  );
  expect((await shell.rain("status")).stdout).toContain("late-flights");
  expect((await shell.rain("logs")).stdout).toMatch(/finished +report/);
});
