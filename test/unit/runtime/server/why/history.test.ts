import { describe, expect, test } from "vitest";
import { isoTime } from "../../../../../src/runtime/model/iso-time.ts";
import type { JournalBody } from "../../../../../src/runtime/server/journal/records.ts";
import { type HistorySubject, TaskHistory } from "../../../../../src/runtime/server/why/history.ts";

const of = (...numbers: number[]) => Uint32Array.from(numbers);
const error = { code: "TASK_FAILED", message: "it broke" } as const;
const lost = { code: "WORKER_LOST", message: "process 7 is gone" } as const;

const joined = (worker: number, labels: Record<string, string> = {}): JournalBody => [
  "workerJoined",
  {
    worker,
    hostname: "h",
    pid: 7,
    cpus: 1,
    address: "a:1",
    types: ["t"],
    memory: 100,
    resources: {},
    labels,
  },
];
const assigned = (worker: number, ...tasks: number[]): JournalBody => [
  "assigned",
  { worker, tasks: of(...tasks) },
];
const finished = (worker: number, task: number): JournalBody => [
  "finished",
  {
    worker,
    tasks: of(task),
    times: Float64Array.of(9000),
    durations: Float32Array.of(2),
    sizes: Float64Array.of(5),
    copies: [],
    extras: [{ task, stderrTail: "hm" }],
  },
];
const failed = (worker: number, attempt: number, retryAt?: number): JournalBody => [
  "failed",
  {
    worker,
    task: 5,
    time: 8000,
    duration: 1,
    error,
    extra: { task: 5, stdoutTail: "out" },
    attempt,
    attempts: 2,
    ...(retryAt !== undefined && { retryAt }),
  },
];

/** The runs of task 5 after these records, which are one second apart. */
function runsOf(records: JournalBody[], more: Partial<HistorySubject> = {}) {
  const history = new TaskHistory({
    session: 1,
    task: 5,
    kind: { type: "t", resources: { cpus: 1 }, outputs: [], group: 0 },
    inputs: [],
    consumers: [],
    isKept: false,
    nameOf: (task) => `task-${task}`,
    ...more,
  });
  for (const [i, body] of records.entries()) history.take({ session: 1, time: 1000 * (i + 1), body });
  return history.runs;
}

describe("the runs of a task", () => {
  test("have their worker, times and output", () => {
    expect(runsOf([joined(1), joined(2), assigned(1, 4, 5), finished(1, 5)])).toEqual([
      {
        worker: 1,
        assignedAt: isoTime(3000),
        startedAt: isoTime(7000),
        endedAt: isoTime(9000),
        durationSeconds: 2,
        outcome: "finished",
        stderr: "hm",
        placed: { by: "turn", text: "it was next in the queue, and the worker had room" },
      },
    ]);
  });

  test("follow failed runs on another worker", () => {
    const runs = runsOf([
      joined(1),
      joined(2),
      assigned(1, 5),
      failed(1, 1, 9000),
      assigned(2, 5),
      failed(2, 2),
    ]);
    expect(runs).toMatchObject([
      { worker: 1, outcome: "failed", error, stdout: "out", attempt: 1, attempts: 2, retryAt: isoTime(9000) },
      {
        worker: 2,
        outcome: "failed",
        again: { by: "failure", text: "the previous run failed" },
        placed: { by: "failures", text: "it failed on worker 1" },
      },
    ]);
    expect(runs[1]).not.toHaveProperty("retryAt");
  });

  test("follow runs that were lost with their worker", () => {
    const loss: JournalBody[] = [
      ["workerLost", { worker: 1, error: lost }],
      ["lost", { worker: 1, tasks: of(5) }],
    ];
    expect(runsOf([joined(1), joined(2), assigned(1, 5), ...loss, assigned(2, 5)])).toMatchObject([
      { worker: 1, outcome: "lost", endedAt: isoTime(5000) },
      {
        again: { by: "worker-lost", text: "worker 1 was lost (process 7 is gone)" },
        placed: { by: "only", text: "there was no other worker" },
      },
    ]);
  });

  test("follow runs that the worker returned", () => {
    const missing = { worker: 1, object: 3, source: 2, tasks: of(5), error: lost };
    const back: JournalBody[] = [
      assigned(1, 5),
      ["returned", { worker: 1, tasks: of(5) }],
      assigned(1, 5),
      ["missing", missing],
      assigned(1, 5),
    ];
    expect(runsOf([joined(1), ...back])).toMatchObject([
      { outcome: "returned" },
      { outcome: "unfed", again: { by: "returned", text: "worker 1 returned it before it started" } },
      {
        outcome: "assigned",
        again: { by: "input-missing", text: "an input was not available: process 7 is gone" },
      },
    ]);
  });

  test("follow runs whose outputs were lost, if tasks need these", () => {
    const again: JournalBody[] = [
      assigned(1, 5),
      finished(1, 5),
      ["restarted", { tasks: of(5) }],
      assigned(1, 5),
    ];
    const consumers = [6, 7, 8, 9, 10];
    const [, run] = runsOf([joined(1), finished(1, 6), ...again], { consumers });
    expect(run?.again).toEqual({
      by: "output-lost",
      text: "an output was lost, and task-7, task-8, task-9 and 1 more needed it",
    });
    const [, kept] = runsOf([joined(1), ...again], { isKept: true });
    expect(kept?.again?.text).toBe("an output was lost, and it is kept");
  });

  test("end with their session", () => {
    const stopped: JournalBody = ["sessionChanged", { state: "cancelled" }];
    expect(runsOf([joined(1), assigned(1, 5), stopped])).toMatchObject([
      { outcome: "stopped", endedAt: isoTime(3000) },
    ]);
  });

  test("continue when a worker rejoins after the server died", () => {
    const server: JournalBody = ["serverStarted", { version: "1", address: "a:1", pid: 1, cluster: "c" }];
    expect(runsOf([joined(1), assigned(1, 5), server, joined(2), finished(2, 5)])).toMatchObject([
      { worker: 2, outcome: "finished" },
    ]);
  });
});

describe("the worker of a run is chosen", () => {
  test("since no other worker can run the task", () => {
    const kind = { type: "t", resources: { cpus: 1, memory: 50 }, outputs: [], group: 0 };
    const where = { labels: { zone: "eu" } };
    const [run] = runsOf([joined(1, { zone: "eu" }), joined(2), assigned(1, 5)], {
      kind: { ...kind, where },
    });
    expect(run?.placed).toEqual({
      by: "only",
      text: "no other worker can run it: worker 2 lacks the label zone=eu",
    });
  });

  test("since its inputs were made there", () => {
    const inputs = [
      { size: 7, producer: 3 },
      { size: 2, producer: 4 },
      { size: 1, producer: undefined },
    ];
    const made = [joined(1), joined(2), finished(2, 3), finished(1, 4), assigned(2, 5)];
    expect(runsOf(made, { inputs })[0]?.placed).toEqual({
      by: "inputs",
      text: "1 of its 3 inputs were made there (7 of 10 bytes)",
    });
    expect(runsOf(made, { inputs: inputs.slice(0, 1) })[0]?.placed.text).toBe(
      "its input was made there (7 bytes)",
    );
  });

  test("since it may run only on some workers", () => {
    const kind = { type: "t", resources: { cpus: 1 }, where: { workers: [1, 2] }, outputs: [], group: 0 };
    const [run] = runsOf([joined(1), joined(2), joined(3), assigned(1, 5)], { kind });
    expect(run?.placed.by).toBe("where");
  });
});
