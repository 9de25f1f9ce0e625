import { Chalk } from "chalk";
import { expect, it } from "vitest";
import { list, table } from "../../../../../src/commands/ui/terminal/table.ts";

it("makes every column as wide as its widest cell, and puts numbers right", () => {
  const columns = [{ title: "name" }, { title: "tasks", align: "right" as const }, { title: "state" }];
  expect(
    table(columns, [
      ["a", "5", "finished"],
      ["cross-validation", "12000", "open"],
    ]),
  ).toBe(
    [
      "name              tasks  state",
      "a                     5  finished",
      "cross-validation  12000  open",
    ].join("\n"),
  );
});

it("does not count colours as width", () => {
  const { red } = new Chalk({ level: 1 });
  const columns = [{ title: "state" }, { title: "n" }];
  expect(table(columns, [[red("failed"), "1"]]).split("\n")[1]).toBe(`${red("failed")}  1`);
});

it("aligns the values of a list", () => {
  expect(
    list([
      ["in", "x"],
      ["outputs", "y"],
    ]),
  ).toBe("in       x\noutputs  y");
});
