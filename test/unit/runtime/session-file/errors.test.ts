import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import {
  formatProblems,
  loadSessionFile,
  SessionFileErrors,
} from "../../../../src/runtime/session-file/index.ts";
import { fixtures, load, registry, thrownBy } from "./load.ts";

const faulty = readdirSync(fixtures).filter((name) => /\.(yml|json)$/.test(name) && name !== "unused.yml");

function errorsOf(name: string): SessionFileErrors {
  const text = readFileSync(join(fixtures, name), "utf8");
  const error = thrownBy(() => load(text, name));
  if (error instanceof SessionFileErrors) return error;
  throw error;
}

describe("a faulty session file", () => {
  test("there are enough of them", () => {
    expect(faulty.length).toBeGreaterThanOrEqual(25);
  });

  test.each(faulty)("%s is told what is wrong, where, and what was meant", async (name) => {
    await expect(formatProblems(errorsOf(name).problems)).toMatchFileSnapshot(join(fixtures, `${name}.txt`));
  });

  test("all errors come at once, in order of position", () => {
    const positions = errorsOf("everything-wrong.json").problems.map(({ line, column }) => [line, column]);
    expect(positions).toEqual([
      [3, 23],
      [5, 48],
      [6, 42],
      [7, 62],
      [9, 13],
    ]);
  });

  test("the error holds the problems as plain values", () => {
    const error = errorsOf("self-reference.yml");
    expect(error.toJSON()).toEqual({
      code: "INVALID_FILE",
      message: "self-reference.yml:3:33: a task cannot use its own output: log → log",
      hint: expect.any(String),
      details: {
        file: "self-reference.yml",
        errors: [
          {
            file: "self-reference.yml",
            line: 3,
            column: 33,
            message: "a task cannot use its own output: log → log",
            sourceLine: "  log: { type: concat, inputs: [log] }",
            caret: 32,
          },
        ],
      },
    });
    expect(error.exitCode).toBe(2);
  });

  test("the message of several errors is the first, and how many more there are", () => {
    expect(errorsOf("unknown-key.yml").message).toBe(
      'unknown-key.yml:3:15: unknown key "txt"; did you mean "text"? (and 4 more errors)',
    );
    expect(errorsOf("unknown-task-type.yml").message).toMatch(/ \(and 1 more error\)$/);
  });

  test("unknown task types have a code of their own, unless something else is wrong, too", () => {
    expect(errorsOf("unknown-task-type.yml").code).toBe("UNKNOWN_TASK_TYPE");
    const both = thrownBy(() => load("rain: 1\ntasks:\n  a: { type: conact }\n  b: { typ: concat }\n"));
    expect(both).toMatchObject({ code: "INVALID_FILE" });
  });

  test("of a long line the part around the problem is shown", () => {
    const inputs = Array.from({ length: 100 }, (_, i) => (i === 50 ? "wrods" : "words")).join(", ");
    const error = thrownBy(() =>
      load(`rain: 1\nobjects: { words: x }\ntasks: { a: { type: concat, inputs: [${inputs}] } }`),
    );
    const [problem] = (error as SessionFileErrors).problems;
    expect(problem.column).toBe(388);
    expect(problem.sourceLine.length).toBeLessThanOrEqual(110);
    expect(problem.sourceLine.slice(problem.caret)).toMatch(/^wrods, words/);
  });

  test("of very many errors the first are shown", () => {
    const inputs = Array.from({ length: 120 }, (_, i) => `missing${i}`);
    const error = thrownBy(() =>
      load(`rain: 1\ntasks: { a: { type: concat, inputs: [${inputs}] } }`),
    ) as SessionFileErrors;
    expect(error.problems).toHaveLength(120);
    expect(formatProblems(error.problems)).toMatch(/"missing99"[^"]*… and 20 more\n$/);
  });

  test("a text with tabs, Windows line ends and a byte order mark has the same positions", () => {
    const error = thrownBy(() => load("\uFEFFrain: 1\r\ntasks:\r\n  a: { type: concat,\tinpts: [] }\r\n"));
    expect(formatProblems((error as SessionFileErrors).problems)).toBe(
      'test.yml:3:22: unknown key "inpts"; did you mean "inputs"?\n' +
        "  3 |   a: { type: concat,\tinpts: [] }\n" +
        "    |                     \t^\n",
    );
  });

  test("a value that comes by an alias is shown where it is written", () => {
    const error = thrownBy(() => load("rain: 1\ntasks:\n  a: &a { run: date, stdot: true }\n  b: *a\n"));
    const positions = (error as SessionFileErrors).problems.map(({ line, column }) => `${line}:${column}`);
    expect(positions).toEqual(["3:22", "3:22"]);
  });
});

describe("a session file that cannot be read", () => {
  test.each([
    ["that is not there", join(fixtures, "none.yml"), /it does not exist$/],
    ["that is a directory", join(fixtures, "site"), /it is a directory$/],
  ])("%s", (_, path, message) => {
    const error = thrownBy(() => loadSessionFile(path, { registry }));
    expect(error).toBeInstanceOf(RainError);
    expect(error).toMatchObject({ code: "INVALID_FILE", message: expect.stringMatching(message) });
  });

  test("larger than 64 MiB", () => {
    const error = thrownBy(() => load(`# ${" ".repeat(64 * 1024 * 1024)}`));
    expect(error).toMatchObject({
      code: "INVALID_FILE",
      message: expect.stringMatching(/larger than 64 MiB/),
    });
  });
});

describe("a warning", () => {
  test("is given for an object that nothing uses", () => {
    const { warnings, counts } = load(readFileSync(join(fixtures, "unused.yml"), "utf8"), "unused.yml");
    expect(formatProblems(warnings)).toBe(
      'unused.yml:4:3: no task uses the object "spare"\n  4 |   spare: Hello\n    |   ^\n',
    );
    expect(counts.tasks).toBe(1);
  });
});
