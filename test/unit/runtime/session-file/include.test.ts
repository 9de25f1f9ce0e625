import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadSessionFile } from "../../../../src/runtime/session-file/index.ts";
import { registry } from "./load.ts";

/** Loads the file `main.yml` of these files. */
function loadFiles(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "rain-include-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return loadSessionFile(join(folder, "main.yml"), { registry });
}

test("a file may include one that has only parameters, or only objects", () => {
  const plan = loadFiles({
    "main.yml": 'rain: 1\ninclude: [p.yml, o.yml]\ntasks: { a: { run: "echo ${{ params.n }}", stdin: o } }\n',
    "p.yml": "rain: 1\nparams: { n: { type: integer, default: 3 } }\n",
    "o.yml": "rain: 1\nobjects: { o: text }\n",
  });
  expect(plan.tasks.map(({ config }) => config)).toMatchObject([{ args: ["echo", "3"] }]);
});

test("a file may have only tasks of others", () => {
  const plan = loadFiles({
    "main.yml": "rain: 1\ninclude: [t.yml]\nsave: { a: a }\n",
    "t.yml": "rain: 1\ntasks: { a: { run: date, stdout: true } }\n",
  });
  expect(plan.counts).toMatchObject({ tasks: 1, saved: 1 });
});

test("one of the files needs tasks", () => {
  const files = { "main.yml": "rain: 1\ninclude: [p.yml]\n", "p.yml": "rain: 1\nobjects: { o: text }\n" };
  expect(() => loadFiles(files)).toThrow('the key "tasks" is missing; it must be a map from names to tasks');
});
