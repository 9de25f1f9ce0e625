import { describe, expect, test } from "vitest";
import { installHint, parseFirstParty } from "../../../../src/runtime/plugin/first-party.ts";

describe("the plugins that come with Rain", () => {
  test.each([
    ["arrow", { name: "arrow", version: undefined }],
    ["rain-plugin-python", { name: "python", version: undefined }],
    ["python@latest", { name: "python", version: undefined }],
    ["arrow@1.2.3", { name: "arrow", version: "1.2.3" }],
    ["rain-arrow", undefined],
    ["./arrow", undefined],
    ["arrows", undefined],
    ["arrow/python", undefined],
    ["@me/arrow", undefined],
  ])("are named by %s: %o", (spec, found) => {
    expect(parseFirstParty(spec)).toEqual(found);
  });

  test("are what to install for an unknown task type of theirs, unless they are there", () => {
    const hint = "`rain plugins install arrow` adds the task types of arrow.";
    expect(installHint("arrow/filter", ["builtin/run"])).toBe(hint);
    expect(installHint("arrow/filtre", ["arrow/filter"])).toBeUndefined();
    for (const other of ["arrow", "words/count", "builtin/arrow", ""])
      expect(installHint(other)).toBeUndefined();
  });
});
