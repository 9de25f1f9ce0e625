import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { runSession, type SessionTask } from "./run-session.ts";

const directory = fileURLToPath(new URL("../../../examples/arrow-flights", import.meta.url));

interface SessionFile {
  objects: Record<string, { file: string; contentType: string }>;
  tasks: Record<string, SessionTask>;
}

test("the example gives what awk and sort compute, to the byte", async () => {
  const script = join(directory, "expected/without-rain.sh");
  const computed = execFileSync("sh", [script], { encoding: "utf8" });
  const expected = readFileSync(join(directory, "expected/late-by-airport.csv"), "utf8");
  expect(computed).toBe(expected);
  const { objects, tasks } = parse(readFileSync(join(directory, "arrow-flights.yml"), "utf8")) as SessionFile;
  const inputs = Object.entries(objects).map(
    ([name, { file, contentType }]) =>
      [name, { bytes: readFileSync(join(directory, file)), contentType }] as const,
  );
  const results = await runSession(new Map(inputs), tasks);
  expect(Buffer.from(results.get("csv")?.bytes ?? []).toString()).toBe(expected);
});
