import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTask, type TestInput } from "rain-tasks/testing";
import { expect, test } from "vitest";
import { parse } from "yaml";
import plugin from "../src/index.ts";

const directory = fileURLToPath(new URL("../../../examples/arrow-flights", import.meta.url));

interface SessionFile {
  objects: Record<string, { file: string; contentType: string }>;
  tasks: Record<string, { type: string; inputs: string[]; outputs?: string[]; config?: unknown }>;
  save: Record<string, string>;
}

/** Runs the tasks of the example one after the other, in this process. */
async function results(): Promise<Map<string, TestInput>> {
  const session = parse(readFileSync(join(directory, "arrow-flights.yml"), "utf8")) as SessionFile;
  const data = new Map<string, TestInput>();
  for (const [name, { file, contentType }] of Object.entries(session.objects)) {
    data.set(name, { bytes: readFileSync(join(directory, file)), contentType });
  }
  for (const [name, task] of Object.entries(session.tasks)) {
    const type = plugin.tasks?.find((type) => `arrow/${type.name}` === task.type);
    const inputs = task.inputs.map((ref) => data.get(ref));
    if (!type || inputs.includes(undefined))
      throw new Error(`${name} is not a task of Arrow, or before its inputs`);
    const outputs = task.outputs?.map((label) => ({ label }));
    const run = await runTask(type, { config: task.config, inputs: inputs as TestInput[], outputs });
    for (const { label, bytes, contentType } of run.outputs) {
      data.set(outputs ? `${name}.${label}` : name, { bytes, contentType });
    }
  }
  return data;
}

test("the example gives what awk and sort compute, to the byte", async () => {
  const script = join(directory, "expected/without-rain.sh");
  const computed = execFileSync("sh", [script], { encoding: "utf8" });
  const expected = readFileSync(join(directory, "expected/late-by-airport.csv"), "utf8");
  expect(computed).toBe(expected);
  const csv = (await results()).get("csv") as { bytes: Uint8Array };
  expect(Buffer.from(csv.bytes).toString()).toBe(expected);
});
