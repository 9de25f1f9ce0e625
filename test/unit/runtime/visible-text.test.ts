import { describe, expect, it } from "vitest";
import { visibleLine, visibleText } from "../../../src/runtime/visible-text.ts";

describe("visibleLine", () => {
  it.each([
    ["a line break", "a\nb", "a\\nb"],
    ["a tab", "a\tb", "a\\tb"],
    ["an escape sequence", "\x1b[2Jx", "\\x1b[2Jx"],
    ["a colour", "\x1b[31mred", "\\x1b[31mred"],
    ["a title of the window", "\x1b]0;t\x07", "\\x1b]0;t\\x07"],
    ["a sequence of C1", "\x9b31m", "\\x9b31m"],
    ["a carriage return", "safe\rrm", "safe\\rrm"],
    ["delete and backspace", "a\x7f\b", "a\\x7f\\x08"],
    ["overrides of direction", "\u202etxt\u2066", "\\u202etxt\\u2066"],
    ["spaces without width", "a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["line separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["invisible tags", "a\u{e0041}", "a\\u{e0041}"],
    ["blank letters", "a\u3164", "a\\u3164"],
    ["half a character", "a\ud800", "a\\ud800"],
  ])("shows %s as an escape", (_what, text, shown) => {
    expect(visibleLine(text)).toBe(shown);
  });

  it("leaves other text alone", () => {
    expect(visibleLine("Übergröße – 漢字 🚀 שלום")).toBe("Übergröße – 漢字 🚀 שלום");
  });
});

describe("visibleText", () => {
  it("keeps line breaks and tabs, and removes colours", () => {
    expect(visibleText("a\r\n\tb \x1b[1;31mred\x1b[0m\n")).toBe("a\n\tb red\n");
  });

  it("shows everything else that a terminal would obey", () => {
    expect(visibleText("10 %\r20 %\x1b[2A\x9b1A\u202e")).toBe("10 %\\r20 %\\x1b[2A\\x9b1A\\u202e");
  });
});
