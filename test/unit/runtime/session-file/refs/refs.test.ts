import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Block, instanceName } from "../../../../../src/runtime/session-file/expansion/block.ts";
import type { SessionFile } from "../../../../../src/runtime/session-file/reading/files.ts";
import { parseRef } from "../../../../../src/runtime/session-file/refs/refs.ts";

const file = {
  source: { text: "", name: "test.yml", baseDir: "/", syntax: "yaml" },
} as unknown as SessionFile;

/** The instances of a task `t` with these values of its matrix keys. */
function instancesOf(...combinations: Record<string, string>[]) {
  const { instances } = new Block("t", file, true);
  if (!instances) throw new Error("no instances");
  for (const [task, values] of combinations.entries()) {
    instances.add(instanceName("t", Object.entries(values)), task, values);
  }
  return instances;
}

describe("parseRef", () => {
  test.each([
    ["a", { name: "a" }],
    ["a[2]", { name: "a", index: 2 }],
    ["a.b.c", { name: "a", label: "b.c" }],
    ["a[*]", { name: "a", selection: "*" }],
    ["a[*][1]", { name: "a", selection: "*", index: 1 }],
    ["a[k=v]", { name: "a", selection: [["k", "v"]] }],
    [
      "a[ k = v , l=w ].x",
      {
        name: "a",
        selection: [
          ["k", "v"],
          ["l", "w"],
        ],
        label: "x",
      },
    ],
    ["a[k=]", { name: "a", selection: [["k", ""]] }],
    [
      'a[k="x]y, l=\\"z",l=2][0]',
      {
        name: "a",
        selection: [
          ["k", 'x]y, l="z'],
          ["l", "2"],
        ],
        index: 0,
      },
    ],
    ["a[k=1,2]", { name: "a", selection: [["k", "1,2"]] }],
  ])("reads %s", (text, ref) => {
    expect(parseRef(text)).toEqual(ref);
  });

  test.each(["", "1a", "a[", "a[]", "a[x]", "a[k=v", "a]", "a b", 'a[k="x"y]z'])("refuses %j", (text) => {
    expect(parseRef(text)).toBeUndefined();
  });

  test("finds the end of a value without quotes by the instances that there are", () => {
    const instances = instancesOf({ f: "a[1].txt", n: "x, y" }, { f: "b=2", n: "]" });
    const read = (text: string) => parseRef(text, () => instances);
    expect(read("t[f=a[1].txt]")).toEqual({ name: "t", selection: [["f", "a[1].txt"]] });
    expect(read("t[f=a[1].txt,n=x, y].out")).toEqual({
      name: "t",
      selection: [
        ["f", "a[1].txt"],
        ["n", "x, y"],
      ],
      label: "out",
    });
    expect(read("t[n=]][0]")).toEqual({ name: "t", selection: [["n", "]"]], index: 0 });
    const quotes = instancesOf({ f: '"a' }, { f: "a].x" });
    expect(parseRef('t[f="a].x"].out', () => quotes)).toEqual({
      name: "t",
      selection: [["f", "a].x"]],
      label: "out",
    });
    expect(read("t[f=b=2]")).toEqual({ name: "t", selection: [["f", "b=2"]] });
  });

  test("selects every instance by its name, whatever its values are", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[a,=[\]" .1]{0,8}$/));
    const combinations = fc.uniqueArray(fc.record({ f: value, g: value }), {
      selector: JSON.stringify,
      minLength: 1,
    });
    fc.assert(
      fc.property(combinations, (values) => {
        const instances = instancesOf(...values);
        for (const [task, pairs] of values.entries()) {
          const ref = parseRef(`${instanceName("t", Object.entries(pairs))}.label`, () => instances);
          expect(ref?.label).toBe("label");
          expect(instances.select(ref?.selection ?? [])).toEqual([task]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
