import { expect, test } from "vitest";
import { commandWords } from "../../../../../src/runtime/launch/config/command-words.ts";

test.each([
  ["python3 -m rain.executor", ["python3", "-m", "rain.executor"]],
  ["  /opt/mine\t-v\n", ["/opt/mine", "-v"]],
  ["'/opt/my tools/run' -v", ["/opt/my tools/run", "-v"]],
  [String.raw`"/opt/my \"tools\"" '' a"b c"d`, ['/opt/my "tools"', "", "ab cd"]],
  [String.raw`/opt/my\ tools/run 'a\b' "a\b"`, ["/opt/my tools/run", String.raw`a\b`, String.raw`a\b`]],
  ["sh $HOME *.txt a;b", ["sh", "$HOME", "*.txt", "a;b"]],
])("%j are words as in a shell, of which nothing is expanded", (command, words) => {
  expect(commandWords(command)).toEqual(words);
});

test.each(["'open", 'a "open', "end\\"])("%j is refused", (command) => {
  expect(() => commandWords(command)).toThrow("is a quote or an escape that does not end");
});
