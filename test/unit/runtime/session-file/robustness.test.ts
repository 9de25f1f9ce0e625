import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import { SessionFileErrors } from "../../../../src/runtime/session-file/index.ts";
import { fixtures, load } from "./load.ts";

/** Loading either works or throws errors with positions inside the text. */
function loadsOrExplains(text: string, name: string): void {
  try {
    load(text, name);
  } catch (error) {
    if (error instanceof RainError && error.code === "INVALID_PARAMS") return;
    if (!(error instanceof SessionFileErrors)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    const lines = text.replace(/^\uFEFF/, "").split("\n");
    for (const { line, column, sourceLine, message } of error.problems) {
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual(lines[line - 1].length + 1);
      expect(lines[line - 1]).toContain(sourceLine);
      expect(message).not.toMatch(/undefined|\[object [A-Z]/);
    }
  }
}

/** Values that look like those of a session file, and others. */
const words = fc.constantFrom(
  "a",
  "b",
  "t",
  "t[0]",
  "t.x",
  "x",
  "+in",
  "../x",
  "/x",
  "",
  "data.txt",
  "site",
  "concat",
  "sleep",
  "'",
  "t[*]",
  "t[k=a]",
  "t[k=1].x",
  "t[k=${{ matrix.k }}]",
  "${{ params.p }}",
  "x ${{ params.p }}",
  "${{ matrix.k }}",
  "${{ range(3) }}",
  "${{ {'a': params.l} }}",
  "${{ params.l[7] }}",
  "${{ 1 + 'a' }}",
  "${{",
  "$${{ }}",
  "1GiB",
  "5m",
);
const leaf = fc.oneof(words, fc.constantFrom(null, true, false, 0, 1, -1, 2.5, 1e300), fc.string());
const keys = fc.constantFrom(
  "a",
  "b",
  "t",
  "text",
  "value",
  "encode",
  "file",
  "dir",
  "base64",
  "contentType",
  "type",
  "config",
  "inputs",
  "outputs",
  "run",
  "stdin",
  "files",
  "out",
  "stdout",
  "stderr",
  "env",
  "shell",
  "keep",
  "name",
  "group",
  "resources",
  "cpus",
  "user",
  "path",
  "paths",
  "object",
  "write",
  "label",
  "dataType",
  "args",
  "in_paths",
  "out_paths",
  "constructor",
  "toString",
  "matrix",
  "include",
  "exclude",
  "k",
  "where",
  "labels",
  "workers",
  "memory",
  "named",
  "retries",
  "timeout",
  "priority",
  "default",
  "minimum",
  "enum",
);
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
}));
const entries = fc.dictionary(fc.constantFrom("a", "b", "c", "t", "x y"), anything, { maxKeys: 4 });
const taskLike = fc.record(
  {
    type: fc.constantFrom(
      "concat",
      "sleep",
      "run",
      "store",
      "make_directory",
      "slice_directory",
      "open",
      "nope",
    ),
    run: fc.oneof(words, fc.array(words, { maxLength: 3 })),
    inputs: fc.oneof(fc.array(words, { maxLength: 3 }), fc.dictionary(words, words, { maxKeys: 3 })),
    config: anything,
    outputs: fc.oneof(fc.array(words, { maxLength: 3 }), anything),
    files: fc.dictionary(words, words, { maxKeys: 3 }),
    out: fc.oneof(fc.array(words, { maxLength: 3 }), anything),
    stdin: words,
    stdout: fc.boolean(),
    matrix: fc.oneof(
      anything,
      fc.dictionary(keys, fc.oneof(words, fc.array(leaf, { maxLength: 3 })), { maxKeys: 3 }),
    ),
    name: words,
    resources: fc.oneof(anything, fc.record({ cpus: leaf, memory: leaf }, { requiredKeys: [] })),
    timeout: leaf,
    user: anything,
  },
  { requiredKeys: [] },
);
const documentLike = fc.record(
  {
    rain: fc.constantFrom(1, 1, 1, 2, "1"),
    objects: fc.oneof(entries, fc.dictionary(fc.constantFrom("a", "b"), fc.string())),
    tasks: fc.oneof(entries, fc.dictionary(fc.constantFrom("a", "b", "c", "t"), taskLike, { maxKeys: 4 })),
    save: fc.oneof(anything, fc.dictionary(words, words, { maxKeys: 3 })),
    params: fc.oneof(
      fc.constant({ p: { type: "integer", default: 2 }, l: { type: "list", default: ["a", 1] } }),
      fc.dictionary(
        fc.constantFrom("p", "l"),
        fc.record({
          type: fc.constantFrom("list", "integer", "path", "number"),
          default: leaf,
          enum: fc.array(leaf, { maxLength: 2 }),
        }),
      ),
      anything,
    ),
    defaults: fc.oneof(
      anything,
      fc.record({ env: anything, group: words, resources: anything }, { requiredKeys: [] }),
    ),
    extra: anything,
  },
  { requiredKeys: ["rain", "tasks"] },
);

describe("whatever a session file holds, loading it works or says what is wrong", () => {
  test("any JSON value", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => loadsOrExplains(JSON.stringify(value), "any.json")));
  });

  test("documents that are nearly right", () => {
    const property = fc.property(documentLike, fc.boolean(), (value, asYaml) => {
      loadsOrExplains(JSON.stringify(value, undefined, 1), asYaml ? "near.yml" : "near.json");
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("YAML with pieces cut out, doubled and put elsewhere", () => {
    const text = readFileSync(
      join(fixtures, "../../../examples/late-flights/late-flights.yml"),
      "utf8",
    ).slice(0, 4500);
    const position = fc.nat(text.length);
    const noise = fc.constantFrom(
      "",
      " ",
      "\n",
      "\t",
      ":",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "'",
      '"',
      "&a ",
      "*a",
      "!x ",
      "|",
      "#",
      "\u0000",
      "?",
    );
    const property = fc.property(position, position, position, noise, (from, to, at, insert) => {
      const piece = text.slice(Math.min(from, to), Math.max(from, to)).slice(0, 200);
      loadsOrExplains(text.slice(0, at) + insert + piece + text.slice(at + insert.length), "mutated.yml");
      loadsOrExplains(text.replace(piece, insert), "mutated.yml");
    });
    fc.assert(property, { numRuns: 80 });
  });

  test.each<[string, string]>([
    ["deep lists", "[".repeat(50_000)],
    ["deep maps", "{a: ".repeat(30_000)],
    ["deep items", "- ".repeat(100_000)],
    ["deep keys", "? ".repeat(50_000)],
    ["deep indentation", Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["depth by aliases", `a: &a ${"[".repeat(60)}${"]".repeat(60)}\nb: ${"[".repeat(60)}*a${"]".repeat(60)}`],
    ["an alias inside of what it repeats", "rain: 1\ntasks: &t\n  a: *t\n"],
    ["many anchors", "&a ".repeat(10_000)],
    ["many quotes", "'".repeat(100_001)],
  ])("%s", (_, text) => {
    loadsOrExplains(text, "odd.yml");
    loadsOrExplains(text, "odd.json");
  });
});

describe("large files", () => {
  test("thousands of errors do not take long", () => {
    const tasks = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`t${i}`, { type: "concat", inputs: [`missing${i}`] }]),
    );
    const start = performance.now();
    expect(() => load(JSON.stringify({ rain: 1, tasks }), "many.json")).toThrow("and 19999 more errors");
    // It would take minutes if each error were compared with each name.
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

test("a device that never ends is not read", () => {
  expect(() => load("rain: 1\ninclude: [/dev/zero]\ntasks: {}\n", "test.yml")).toThrow(/it is a device/);
});
