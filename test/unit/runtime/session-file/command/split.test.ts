import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitCommand } from "../../../../../src/runtime/session-file/command/split.ts";

describe("splitCommand", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["  sort   -u\tdata ", ["sort", "-u", "data"]],
    [`grep 'a b' "c d" e\\ f`, ["grep", "a b", "c d", "e f"]],
    [`--name="a b"'c'd`, ["--name=a bcd"]],
    [`'' ""`, ["", ""]],
    [`'it'\\''s'`, ["it's"]],
    [`"a \\" \\\\ \\$ \\\` \\n"`, ['a " \\ $ ` \\n']],
    [`'\\n "'`, ['\\n "']],
    ["$HOME *.txt ~ {a,b} a#b ! [x]", ["$HOME", "*.txt", "~", "{a,b}", "a#b", "!", "[x]"]],
    ["sort \\\n  -u", ["sort", "-u"]],
    ["\"a\\\nb\" 'c\nd'", ["ab", "c\nd"]],
    ["a\n", ["a"]],
  ])("%j gives %j", (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });

  test.each([
    ["sort | uniq", '"|" needs a shell'],
    ["sort > out", '">"'],
    ["sort &", '"&"'],
    ["echo $(date)", '"("'],
    ["echo `date`", '"`"'],
    ["sort; uniq", '";"'],
    ["sort # by name", '"#"'],
    ["sort\nuniq", "several lines need a shell"],
    ["echo 'it", "a single quote is not closed"],
    ['echo "it\\"', "a double quote is not closed"],
    ["echo \\", "nothing follows the backslash"],
  ])("%j is refused", (command, message) => {
    expect(() => splitCommand(command)).toThrow(message);
  });

  test("splits as /bin/sh does", () => {
    // Without the characters that a shell would expand.
    const text = fc.stringMatching(/^[a-c '"\\\t]{0,12}$/);
    fc.assert(
      fc.property(text, (command) => {
        let words: string[];
        try {
          words = splitCommand(command);
        } catch {
          return;
        }
        // A backslash before the blanks at the end would quote them, if they were not taken off.
        if (/\\\s*$/.test(command)) return;
        const script = `set -- ${command}\nfor word; do printf '%s|' "$word"; done`;
        const printed = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
        expect(words.map((word) => `${word}|`).join("")).toBe(printed);
      }),
      { numRuns: 150 },
    );
  });
});
