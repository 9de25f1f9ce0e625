import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WorkerToServer } from "../../../../../src/runtime/protocol/messages/index.ts";
import { Reporter } from "../../../../../src/runtime/worker/reporting/reporter.ts";
import { AssignedTask, PreparedKind } from "../../../../../src/runtime/worker/tasks/assigned-task.ts";
import { TaskDirs } from "../../../../../src/runtime/worker/tasks/task-dirs.ts";
import { TaskRun } from "../../../../../src/runtime/worker/tasks/task-run.ts";

const kind = new PreparedKind(
  { type: "test/fake", resources: { cpus: 1 }, outputs: [], group: 0 },
  undefined,
);

function run(session: number, id: number): TaskRun {
  const task = new AssignedTask({
    session,
    id,
    kind,
    config: undefined,
    name: "",
    firstOutput: 0,
    inputs: [],
  });
  return new TaskRun(task, performance.now(), new TaskDirs("/nowhere"));
}

function newReporter() {
  const sent: WorkerToServer[] = [];
  return { sent, reporter: new Reporter((message) => sent.push(message)) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("all that finishes in one tick goes in one message a session, in order, with times", () => {
  const { sent, reporter } = newReporter();
  const runs = [run(1, 5), run(2, 0), run(1, 3)];
  vi.advanceTimersByTime(40);
  for (const each of runs) reporter.finished(each, [], performance.now());
  expect(sent).toEqual([]);
  vi.advanceTimersToNextTimer();
  const [seconds, none] = [Math.fround(0.04), Float64Array.of()];
  expect(sent).toMatchObject([
    [
      "finished",
      { session: 1, tasks: Uint32Array.of(5, 3), durations: Float32Array.of(seconds, seconds), sizes: none },
    ],
    ["finished", { session: 2, tasks: Uint32Array.of(0), durations: Float32Array.of(seconds) }],
  ]);
});

test("a task is reported as started once it has run for 50 ms, and only then", () => {
  const { sent, reporter } = newReporter();
  const [short, long] = [run(1, 0), run(1, 1)];
  reporter.running(short);
  reporter.running(long);
  vi.advanceTimersByTime(30);
  const late = run(1, 2);
  reporter.running(late);
  reporter.finished(short, [], performance.now());
  reporter.flush();
  expect(sent.splice(0)).toMatchObject([["finished", { tasks: Uint32Array.of(0) }]]);
  vi.advanceTimersByTime(20);
  const after50 = Float32Array.of(0.05);
  expect(sent.splice(0)).toEqual([
    ["started", { session: 1, tasks: Uint32Array.of(1), secondsAgo: after50 }],
  ]);
  vi.advanceTimersByTime(30);
  expect(sent.splice(0)).toEqual([
    ["started", { session: 1, tasks: Uint32Array.of(2), secondsAgo: after50 }],
  ]);
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual([]);
});

test("of an ended session nothing more is said", () => {
  const { sent, reporter } = newReporter();
  const running = run(1, 1);
  reporter.running(running);
  reporter.finished(run(1, 0), [], performance.now());
  reporter.finished(run(2, 0), [], performance.now());
  reporter.endSession(1);
  reporter.aborted(running);
  vi.advanceTimersByTime(100);
  expect(sent).toMatchObject([["finished", { session: 2 }]]);
});
