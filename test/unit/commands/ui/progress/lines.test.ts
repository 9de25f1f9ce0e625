import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { progressLines } from "../../../../../src/commands/ui/progress/lines.ts";
import { displayWidth } from "../../../../../src/commands/ui/terminal/width.ts";
import type { SessionProgress, TaskCounts } from "../../../../../src/runtime/protocol/messages/index.ts";
import { NO_TASKS } from "../../../../../src/runtime/protocol/messages/index.ts";

const counts = (tasks: Partial<TaskCounts>): TaskCounts => ({ ...NO_TASKS, ...tasks });
const progress = (groups: [string, Partial<TaskCounts>][], more: Partial<SessionProgress> = {}) => ({
  session: 1,
  state: "running" as const,
  tasks: counts({ total: 100, waiting: 60, running: 3, finished: 36, failed: 1 }),
  groups: groups.map(([name, tasks]) => ({ name, tasks: counts(tasks) })),
  longest: [],
  blocked: 0,
  ...more,
});
const MOMENT = { elapsedSeconds: 4.2, perSecond: 25 };
const draw = (value: SessionProgress, columns: number, rows = 24) =>
  progressLines(value, MOMENT, { columns, rows }).map(stripVTControlCharacters);

const TWO = progress([
  ["train", { total: 90, waiting: 50, running: 3, finished: 36, failed: 1 }],
  ["", { total: 10, waiting: 10 }],
]);

describe("progress on a terminal", () => {
  it("has for each group a bar, done of total, failures and running tasks, and a line for the whole", () => {
    expect(draw(TWO, 80)).toEqual([
      `train  ${"█".repeat(16)}${"░".repeat(24)}  37/90, 1 failed, 3 running`,
      `tasks  ${"░".repeat(40)}  0/10`,
      "37 of 100 tasks, 1 failed, 3 running, 4.20 s, about 3 s left, 25 tasks/s",
    ]);
  });

  it.each([40, 60, 80, 200])("fits into %i columns", (columns) => {
    const long = progress([
      [
        "a group with a very long name that nobody can read",
        { total: 123_456, finished: 99_999, failed: 1234, running: 12 },
      ],
      ["グループ", { total: 3, finished: 3 }],
    ]);
    for (const line of draw(long, columns)) expect(displayWidth(line)).toBeLessThan(columns);
  });

  it("shows the busiest of 50 groups in their order, and sums up the others", () => {
    const groups = Array.from({ length: 50 }, (_, i): [string, Partial<TaskCounts>] => {
      if (i === 40) return [`g${i}`, { total: 4, running: 2, waiting: 2 }];
      if (i === 30) return [`g${i}`, { total: 4, ready: 4 }];
      return [`g${i}`, { total: 4, finished: 4 }];
    });
    const lines = draw(progress(groups), 80, 10);
    expect(lines).toHaveLength(8);
    expect(lines.map((line) => line.split("  ")[0]?.trim())).toEqual([
      "g0",
      "g1",
      "g2",
      "g3",
      "g30",
      "g40",
      "44 other groups",
      expect.stringContaining("37 of 100 tasks"),
    ]);
    expect(lines[6]).toContain("176/176");
  });

  it("names the longest-running tasks when little is left", () => {
    const startedAt = new Date(Date.now() - 65_000).toISOString();
    const longest = [{ task: 7, key: "fit[fold=3]", type: "builtin/run", worker: 12, startedAt }];
    expect(draw({ ...TWO, longest }, 80).at(-1)).toBe("  fit[fold=3] runs for 1m05s on worker 12");
  });

  it("tells no speed and no time left before they can be told", () => {
    const lines = progressLines(TWO, { elapsedSeconds: 1, perSecond: undefined }, { columns: 80, rows: 24 });
    expect(stripVTControlCharacters(lines.at(-1) ?? "")).toBe("37 of 100 tasks, 1 failed, 3 running, 1.00 s");
  });
});
