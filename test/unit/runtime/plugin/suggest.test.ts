import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, suggest } from "../../../../src/runtime/plugin/suggest.ts";

const names = ["concat", "sleep", "open", "open_dir", "store", "make_directory", "run"];

test.each([
  ["conact", "concat"],
  ["concatt", "concat"],
  ["slep", "sleep"],
  ["Concat", "concat"],
  ["opn_dir", "open_dir"],
  ["rnu", "run"],
])("%s is taken for %s", (typed, meant) => {
  expect(suggest(typed, names)).toBe(meant);
});

test.each(["", "xyz", "sort", "directory_of_things"])("%j resembles none of them", (typed) => {
  expect(suggest(typed, names)).toBeUndefined();
});

test("the nearest wins, and among equals the first", () => {
  expect(suggest("opem", ["oped", "open", "op"])).toBe("oped");
  expect(suggest("chunk", ["chunks", "chunk", "chink"])).toBe("chunk");
});

test("a known name suggests itself", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (known) => {
      for (const name of known) expect(suggest(name, [name, ...known])).toBe(name);
    }),
  );
});

test("the end of a message", () => {
  expect(didYouMean("conct", names)).toBe('; did you mean "concat"?');
  expect(didYouMean("frobnicate", names)).toBe("");
});
