import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import arrow from "../../../../plugins/arrow/src/index.ts";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";
import { loadSessionFile } from "../../../../src/runtime/session-file/index.ts";
import { builtin } from "../../../../src/tasks/index.ts";
import { fixtures } from "./load.ts";

const examples = join(fixtures, "../../../examples");
const registry = createRegistry([builtin, arrow]);

describe("the examples", () => {
  test.each([
    ["hello/hello.yml", { tasks: 1, kept: 1, saved: 0 }],
    ["late-flights/late-flights.yml", { tasks: 10, kept: 1, saved: 1 }],
    ["cross-validation/cross-validation.yml", { tasks: 31, kept: 1, saved: 1 }],
    ["sonnets/sonnets.yml", { tasks: 13, kept: 1, saved: 1 }],
    ["pi/pi.yml", { tasks: 25, kept: 1, saved: 1 }],
    ["arrow-flights/arrow-flights.yml", { tasks: 13, kept: 1, saved: 1 }],
  ])("%s is without fault", (path, counts) => {
    const plan = loadSessionFile(join(examples, path), { registry });
    expect(plan.counts).toMatchObject(counts);
    expect(plan.warnings).toEqual([]);
  });

  test("the expected report of late-flights is what its data say", () => {
    const expected = join(examples, "late-flights/expected");
    const computed = execFileSync("sh", [join(expected, "without-rain.sh")], { encoding: "utf8" });
    expect(computed).toBe(readFileSync(join(expected, "late-flights.txt"), "utf8"));
  });
});
