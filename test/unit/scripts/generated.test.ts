import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generatedFiles } from "../../../scripts/generate/files.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const FIXTURES = "test/fixtures/session-files/";

const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(read("schema/session.json")));

/** Whether the schema finds nothing wrong with a file; `undefined` where there is no telling, for it cannot be parsed. */
function follows(path: string): boolean | undefined {
  try {
    return validate(parse(read(path), { merge: true, logLevel: "error" }));
  } catch {
    return undefined;
  }
}

describe("what is generated", () => {
  test.each(Object.entries(generatedFiles()))(
    "%s is up to date: if not, run npm run generate",
    (path, text) => {
      expect(read(path)).toBe(text);
    },
  );
});

describe("the JSON Schema", () => {
  const examples = readdirSync(new URL("examples", root), { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".yml"),
  );

  test.each(examples)("is what examples/%s follows and names in its first line", (path) => {
    expect(follows(`examples/${path}`)).toBe(true);
    const [, named] = /^# yaml-language-server: \$schema=(.*)\n/.exec(read(`examples/${path}`)) ?? [];
    expect(new URL(named, new URL(`examples/${path}`, root)).href).toBe(
      new URL("schema/session.json", root).href,
    );
  });

  const faulty = readdirSync(new URL(FIXTURES, root)).filter((name) => /\.(yml|json)$/.test(name));

  test("finds what is wrong with the shape of files; the rest is beyond it", () => {
    const beyond = faulty.filter((name) => follows(FIXTURES + name) === true);
    expect(beyond).toMatchInlineSnapshot(`
      [
        "bad-ref.yml",
        "config.yml",
        "content-types.yml",
        "cycle.yml",
        "defaults-matrix.yml",
        "expr-escapes.json",
        "expr-functions.yml",
        "expr-list-in-text.yml",
        "expr-matrix-outside.yml",
        "expr-syntax.yml",
        "expr-type.yml",
        "expr-unknown-matrix-key.yml",
        "expr-unknown-param.yml",
        "include-circle.yml",
        "include-clash.yml",
        "include-faulty.yml",
        "include-missing.yml",
        "include-names.yml",
        "include-syntax.yml",
        "matrix-cycle.yml",
        "matrix-empty.yml",
        "matrix-exclude.yml",
        "matrix-instance.yml",
        "matrix-not-list.yml",
        "matrix-too-large.yml",
        "matrix-twice.yml",
        "missing-file.yml",
        "names.yml",
        "no-tasks.yml",
        "outputs-twice.yml",
        "params-values.yml",
        "program.yml",
        "save.yml",
        "select-missing.yml",
        "select-none.yml",
        "select-several.yml",
        "self-reference.yml",
        "several-outputs.yml",
        "stdin-dir.yml",
        "syntax.json",
        "tag.yml",
        "unknown-ref.yml",
        "unknown-task-type.yml",
        "unused.yml",
      ]
    `);
  });

  test("takes expressions in place of values", () => {
    const task = {
      run: "${{ params.words }}",
      keep: "${{ true }}",
      resources: { cpus: "${{ 1 }}" },
      out: "${{ range(3) }}",
    };
    expect(validate({ rain: 1, tasks: { a: task } })).toBe(true);
    expect(validate({ rain: 1, tasks: { a: { ...task, keep: "yes" } } })).toBe(false);
    expect(validate({ rain: 1, tasks: "${{ params.tasks }}" })).toBe(false);
    expect(validate({ rain: "${{ 1 }}", tasks: {} })).toBe(false);
  });
});
