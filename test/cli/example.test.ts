import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openShell } from "./rain.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const ARROW = fileURLToPath(new URL("../../plugins/arrow", import.meta.url));
const PYTHON = fileURLToPath(new URL("../../plugins/python", import.meta.url));

/** Runs an example and compares what it saves with what is expected, to the byte. */
async function runs(
  file: string,
  options: string[],
  saved: string,
  expected: string,
  plugins: string[] = [],
) {
  const shell = await openShell();
  for (const plugin of plugins)
    expect(await shell.rain("plugins", "link", plugin)).toMatchObject({ code: 0 });
  await shell.start();
  const { code, value } = await shell.json("submit", join(EXAMPLES, file), ...options);
  expect({ code, error: value.error }).toEqual({ code: 0, error: undefined });
  const text = readFileSync(join(shell.directory, saved), "utf8");
  expect(text).toBe(readFileSync(join(EXAMPLES, expected), "utf8"));
  return shell;
}

function hasNumpy(): boolean {
  return spawnSync("python3", ["-c", "import numpy"]).status === 0;
}

function hasProgram(name: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
}

describe("the examples give what is expected", () => {
  it("late-flights, that of the README", async () => {
    const file = "late-flights/late-flights.yml";
    const shell = await runs(file, [], "late-flights.txt", "late-flights/expected/late-flights.txt");
    expect((await shell.rain("status")).stdout).toContain("late-flights");
    expect((await shell.rain("logs")).stdout).toMatch(/finished +report/);
  });

  it("sonnets", async () => {
    await runs("sonnets/sonnets.yml", [], "words.txt", "sonnets/expected/words.txt");
  });

  it("pi", async () => {
    await runs("pi/pi.yml", [], "pi.txt", "pi/expected/pi.txt");
  });

  it("arrow-flights, through executors of the Arrow plugin", async () => {
    const expected = "arrow-flights/expected/late-by-airport.csv";
    await runs("arrow-flights/arrow-flights.yml", [], "late-by-airport.csv", expected, [ARROW]);
  });

  // numpy is Debian's python3-numpy; .ci/run installs it.
  describe.runIf(hasProgram("python3") && hasNumpy())("regression", () => {
    it.each([3, 5])("in %i parts", async (parts) => {
      await runs(
        "regression/regression.yml",
        ["--set", `parts=${parts}`],
        "line.json",
        "regression/expected/line.json",
        [PYTHON],
      );
    });
  });

  // Debian's libsvm-tools has the programs; .ci/run installs it.
  describe.runIf(hasProgram("svm-train"))("cross-validation", () => {
    it.each([3, 5])("with %i chunks", async (chunks) => {
      const expected = `cross-validation/expected/accuracies-${chunks}.txt`;
      const options = ["--set", `chunks=${chunks}`];
      await runs("cross-validation/cross-validation.yml", options, "accuracies.txt", expected);
    });
  });
});
