import { expect, it } from "vitest";
import { putValues } from "../../../../src/tasks/remote/put-values.ts";

it("puts values into lists, objects, maps and sets at any depth", () => {
  const args = [
    undefined,
    [1, [undefined]],
    { a: { b: undefined }, "": undefined },
    new Map<unknown, unknown>([
      ["k", undefined],
      ["l", [undefined]],
    ]),
    new Set<unknown>([1, { gap: 1 }, 3]),
  ];
  const places = [[0], [1, 1, 0], [2, "a", "b"], [2, ""], [3, 0], [3, 1, 0], [4, 1]];
  putValues(args, places, ["A", "B", "C", "D", "E", "F", "G"]);
  expect(args).toEqual([
    "A",
    [1, ["B"]],
    { a: { b: "C" }, "": "D" },
    new Map<unknown, unknown>([
      ["k", "E"],
      ["l", ["F"]],
    ]),
    new Set([1, "G", 3]),
  ]);
  expect([...(args[4] as Set<unknown>)]).toEqual([1, "G", 3]);
});

it("changes no prototype", () => {
  const args = [JSON.parse('{"__proto__": null}')];
  putValues(args, [[0, "__proto__"]], [{ polluted: true }]);
  expect(Object.getPrototypeOf(args[0])).toBe(Object.prototype);
  expect(Object.hasOwn(args[0], "__proto__")).toBe(true);
});

it.each([[[0, "b"]], [[0, "a", 1]], [[7]], [[0, "constructor", "x"]]])(
  "rejects the place %j, which does not exist",
  (place) => {
    expect(() => putValues([{ a: 1 }], [place], [1])).toThrow("the arguments have no place");
  },
);
