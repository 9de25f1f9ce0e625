import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  isOfDeadProcess,
  newMark,
  ownMark,
} from "../../../../../src/runtime/platform/processes/run-marks.ts";

describe.runIf(process.platform === "linux")("a mark", () => {
  const [namespace, , startTime] = ownMark().split("-");

  test("is new for each run, and begins with that of its process", () => {
    const marks = [newMark(), newMark()];
    expect(new Set(marks).size).toBe(2);
    for (const mark of marks) expect(mark.startsWith(`${ownMark()}.`)).toBe(true);
  });

  test("is of a dead process once that has ended, even if another has its id", () => {
    const { pid } = spawnSync("true");
    expect(isOfDeadProcess(`${namespace}-${pid}-${startTime}.1.2`)).toBe(true);
    expect(isOfDeadProcess(`${namespace}-${process.pid}-1.1`)).toBe(true);
    expect(isOfDeadProcess(newMark())).toBe(false);
  });

  test.each([`1-1-${startTime}.1`, "", "x", `${namespace}-0-0.1`, `${namespace}--`])(
    "is not, if nothing is known of its process: %j",
    (mark) => {
      expect(isOfDeadProcess(mark)).toBe(false);
    },
  );
});
