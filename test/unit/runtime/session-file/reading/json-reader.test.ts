import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../../../../src/runtime/session-file/reading/json-document.ts";

function read(text: string) {
  const problems: [number, string][] = [];
  const document = parseJson(text, ({ offset }, message) => problems.push([offset, message]));
  return { document, problems };
}

/** Integers that a double cannot represent are refused. */
function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnsafeInteger);
}

describe("parseJson", () => {
  test("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.constantFrom(undefined, 1, "\t"), (json, space) => {
        const value = JSON.parse(json) as unknown;
        fc.pre(!json.includes("__proto__"));
        fc.pre(!hasUnsafeInteger(value));
        const text = JSON.stringify(value, undefined, space);
        expect(read(text).document?.value).toEqual(value);
      }),
    );
  });

  test("refuses what JSON.parse refuses, and nothing else", () => {
    const alphabet = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "a",
      "0",
      "1",
      "-",
      ".",
      "e",
      "true",
      "\\",
      " ",
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 10 }), (parts) => {
        const text = parts.join("");
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        const { document, problems } = read(text);
        if (problems.some(([, message]) => message.endsWith("is here twice"))) return;
        expect(document !== undefined).toBe(isJson);
        expect(problems.length > 0).toBe(!isJson);
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, number, string]>([
    ["", 0, "the file ends where a value is expected"],
    ['{"a":1,}', 7, 'JSON does not allow a comma before "}"'],
    ["[1, ]", 4, 'JSON does not allow a comma before "]"'],
    ["[1, 2", 0, 'this is never closed with "]"'],
    ['{"a" 1}', 5, '":" after the key "a" is expected here, not "1"'],
    ["{'a':1}", 1, "JSON allows double quotes only"],
    ['{"a":"b\n"}', 5, "this text has no closing quote on its line"],
    ['["C:\\dir"]', 4, 'invalid escape; write a backslash as "\\\\"'],
    ["[1 2]", 3, '"," or "]" is expected here, not "2"'],
    ['{"a":1} x', 8, 'the end of the file is expected here, not "x"'],
    ["// c\n{}", 0, "JSON does not allow comments; YAML does"],
    ["[True]", 1, 'a value is expected here, not "True"'],
    ['{"a":1,"b":2,"a":3}', 13, 'duplicate key "a"'],
    ['{"__proto__":1}', 1, '"__proto__" cannot be used as a key'],
    ["[".repeat(101), 100, "values are nested more than 100 deep here"],
  ])("%j is told what is wrong at %i", (text, offset, message) => {
    expect(read(text)).toEqual({ document: undefined, problems: [[offset, message]] });
  });

  test("finds keys and values again", () => {
    const text = ' {"a": [1, {"b" : null}], "c": "}"}';
    const locate = (path: (string | number)[], part: "key" | "value") => {
      const offset = read(text).document!.locate({ path, part });
      return text.slice(offset, offset + 3);
    };
    expect(locate([], "value")).toBe('{"a');
    expect(locate(["a"], "key")).toBe('"a"');
    expect(locate(["a", 1], "value")).toBe('{"b');
    expect(locate(["a", 1, "b"], "key")).toBe('"b"');
    expect(locate(["a", 1, "b"], "value")).toBe("nul");
    expect(locate(["c"], "value")).toBe('"}"');
    // What is not there stands at the key of what should hold it.
    expect(locate(["c", "d", 0], "value")).toBe('"c"');
    expect(locate(["a", 7], "value")).toBe('"a"');
  });
});
