import { describe, expect, it } from "vitest";
import { MAX_INLINE_CONSTANT_BYTES } from "../../../../../src/runtime/protocol/limits.ts";
import { checkSubmission } from "../../../../../src/runtime/protocol/messages/check-submission.ts";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";

/** Tasks 10 and 11 over constants 20 and 21, with outputs 22, 23 and 24. */
function sample(): Submission {
  const spec = { dataType: "blob" } as const;
  return {
    firstTask: 10,
    firstObject: 20,
    constants: [
      { ...spec, size: 2, data: Buffer.from("ab") },
      { ...spec, size: 10_000_000 },
    ],
    kinds: [
      { type: "builtin/concat", resources: { cpus: 1 }, outputs: [spec], group: 0 },
      {
        type: "builtin/run",
        resources: { cpus: 1 },
        inputLabels: ["model"],
        outputs: [spec, spec],
        group: 1,
      },
    ],
    groups: ["", "training"],
    kind: Uint32Array.of(0, 1),
    inputStart: Uint32Array.of(0, 2, 3),
    inputs: Uint32Array.of(20, 21, 22),
    config: Uint32Array.of(0, 1),
    configs: { start: Uint32Array.of(0, 3), bytes: Buffer.from("abc") },
    keep: Uint32Array.of(21, 24),
    names: { of: Uint32Array.of(10, 11), text: ["a", "b"] },
    taskKeys: { of: Uint32Array.of(11), text: ["train"] },
    constantKeys: { of: Uint32Array.of(20), text: ["iris"] },
    users: { of: Uint32Array.of(10), value: [{ any: "thing" }] },
  };
}

describe("the check of a submission", () => {
  it("accepts consistent columns", () => {
    expect(() => checkSubmission(sample())).not.toThrow();
  });

  it("accepts an empty submission", () => {
    const none = new Uint32Array(0);
    const nothing = { of: none, text: [] };
    const empty: Submission = {
      ...sample(),
      constants: [],
      kinds: [],
      groups: [""],
      kind: none,
      inputStart: Uint32Array.of(0),
      inputs: none,
      config: none,
      configs: { start: Uint32Array.of(0), bytes: new Uint8Array(0) },
      keep: none,
      names: nothing,
      taskKeys: nothing,
      constantKeys: nothing,
      users: { of: none, value: [] },
    };
    expect(() => checkSubmission(empty)).not.toThrow();
  });

  const big = Buffer.alloc(MAX_INLINE_CONSTANT_BYTES + 1);
  it.each<[string, (submission: Submission) => void]>([
    ["groups[0]", (s) => s.groups.splice(0, 1, "first")],
    ["constants[0]", (s) => (s.constants[0].size = 3)],
    ["constants[0]", (s) => Object.assign(s.constants[0], { data: big, size: big.length })],
    ["constants[1]", (s) => (s.constants[1].size = Number.NaN)],
    ["constants[1]", (s) => (s.constants[1].size = -1)],
    ["kinds[1]", (s) => (s.kinds[1].group = 2)],
    ["kind[1]", (s) => (s.kind[1] = 2)],
    ["inputStart[2]", (s) => (s.inputStart = Uint32Array.of(0, 2))],
    ["inputStart[0]", (s) => (s.inputStart[0] = 1)],
    ["inputStart[2]", (s) => (s.inputStart[1] = 4)],
    ["inputStart[2]", (s) => (s.inputs = Uint32Array.of(20))],
    ["inputStart[1]", (s) => (s.inputStart[1] = 1)],
    ["configs.start[1]", (s) => (s.configs.start[1] = 2)],
    ["config[1]", (s) => (s.config = Uint32Array.of(0))],
    ["config[0]", (s) => (s.config[0] = 2)],
    ["kind[2]", (s) => (s.firstTask = 0xffffffff)],
    ["keep[0]", (s) => (s.keep[0] = 19)],
    ["keep[1]", (s) => (s.keep[1] = 25)],
    ["keep[1]", (s) => (s.keep[0] = 24)],
    ["names[1]", (s) => s.names.text.pop()],
    ["names[1]", (s) => (s.names.of[1] = 10)],
    ["taskKeys[0]", (s) => (s.taskKeys.of[0] = 12)],
    ["constantKeys[0]", (s) => (s.constantKeys.of[0] = 22)],
    ["users[0]", (s) => (s.users.of[0] = 9)],
  ])("names %s when that is wrong", (where, damage) => {
    const submission = sample();
    damage(submission);
    expect(() => checkSubmission(submission)).toThrow(
      expect.objectContaining({
        code: "INVALID_GRAPH",
        message: expect.stringContaining(`submission: ${where}: `),
      }),
    );
  });
});
