import { expect, it } from "vitest";
import { LiveLines } from "../../../../../src/commands/ui/progress/live-lines.ts";

function screen(columns: number) {
  const written: string[] = [];
  return { columns, written, write: (text: string) => written.push(text) };
}

it("replaces its lines, and prints text above them", () => {
  const terminal = screen(20);
  const lines = new LiveLines(terminal);
  lines.draw(["one", "two"]);
  lines.draw(["three"]);
  lines.print("a warning");
  expect(terminal.written).toEqual([
    "one\ntwo\n",
    "\x1b[2A\r\x1b[Jthree\n",
    "\x1b[1A\r\x1b[Ja warning\n",
    "three\n",
  ]);
});

it("goes up over lines that a narrower terminal has wrapped", () => {
  const terminal = screen(20);
  const lines = new LiveLines(terminal);
  lines.draw(["x".repeat(19), "two"]);
  terminal.columns = 10;
  lines.draw(["short"]);
  expect(terminal.written.at(-1)).toBe("\x1b[3A\r\x1b[Jshort\n");
});

it("leaves what was drawn at the end", () => {
  const terminal = screen(20);
  const lines = new LiveLines(terminal);
  lines.draw(["done"]);
  lines.leave();
  lines.draw(["next"]);
  expect(terminal.written).toEqual(["done\n", "next\n"]);
});
