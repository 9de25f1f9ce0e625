import { expect, it } from "vitest";
import { PlainProgress } from "../../../../../src/commands/ui/progress/plain-progress.ts";
import type { SessionProgress } from "../../../../../src/runtime/protocol/messages/index.ts";
import { NO_TASKS } from "../../../../../src/runtime/protocol/messages/index.ts";

const at = (finished: number, state: SessionProgress["state"] = "running"): SessionProgress => ({
  session: 3,
  state,
  tasks: { ...NO_TASKS, total: 1000, finished, waiting: 1000 - finished },
  groups: [],
  longest: [],
  blocked: 0,
});

it("is a line when a tenth is done, when half a minute has passed, and when the state changes", () => {
  const plain = new PlainProgress();
  expect(plain.lineOf(at(0), 0)).toBe("session 3 running: 0 of 1000 tasks done");
  expect(plain.lineOf(at(99), 5)).toBeUndefined();
  expect(plain.lineOf(at(100), 6)).toBe("session 3 running: 100 of 1000 tasks done, 6.00 s");
  expect(plain.lineOf(at(150), 7)).toBeUndefined();
  expect(plain.lineOf(at(150), 36)).toBe("session 3 running: 150 of 1000 tasks done, 36.0 s");
  expect(plain.lineOf(at(1000, "finished"), 40)).toBe("session 3 finished: 1000 of 1000 tasks done, 40.0 s");
});

it("is at most a line for each tenth, however fast tasks end", () => {
  const plain = new PlainProgress();
  const lines = Array.from({ length: 1001 }, (_, done) => plain.lineOf(at(done), done / 1000));
  expect(lines.filter((line) => line !== undefined)).toHaveLength(11);
});
