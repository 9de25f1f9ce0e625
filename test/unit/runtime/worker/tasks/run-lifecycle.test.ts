import { appendFile, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { WorkerToServer } from "../../../../../src/runtime/protocol/messages/index.ts";
import { Reporter } from "../../../../../src/runtime/worker/reporting/reporter.ts";
import { AssignedTask, PreparedKind } from "../../../../../src/runtime/worker/tasks/assigned-task.ts";
import {
  type ActiveRun,
  type RunBackend,
  RunLifecycle,
} from "../../../../../src/runtime/worker/tasks/run-lifecycle.ts";
import { TaskDirs } from "../../../../../src/runtime/worker/tasks/task-dirs.ts";
import { storedInputs } from "../../../../../src/runtime/worker/tasks/task-input.ts";
import { TaskRun } from "../../../../../src/runtime/worker/tasks/task-run.ts";
import { bytesOf, newStore } from "../support.ts";

const SESSION = 4;

/** Directories of tasks that the system does not remove. */
class StuckDirs extends TaskDirs {
  override give(): Promise<void> {
    return Promise.reject(new Error("EBUSY"));
  }
}

const INPUT = 9;

/** Runs of tasks on a backend that does nothing by itself. */
async function newRuns(backend: Partial<RunBackend<ActiveRun>> = {}) {
  const { store, scratch } = await newStore();
  const sent: WorkerToServer[] = [];
  const reporter = new Reporter((message) => sent.push(message));
  onTestFinished(() => reporter.close());
  const ended: number[] = [];
  const spoiled: [task: number, input: number][] = [];
  const logged: string[] = [];
  const stop = vi.fn();
  const runs = new RunLifecycle<ActiveRun>(
    {
      store,
      reporter,
      slot: () => 2,
      log: pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) }),
      onEnd: ({ id }) => ended.push(id),
      onSpoiled: ({ id }, input) => spoiled.push([id, input]),
    },
    { stop, isForeign: () => true, ...backend },
  );
  interface Options {
    timeout?: number;
    dirs?: TaskDirs;
    /** Path of a file or directory that becomes the input. */
    input?: string;
  }
  async function beginWithInput(id: number, input: string): Promise<ActiveRun> {
    await store.adopt(SESSION, INPUT, input, "");
    return begin(id, { input });
  }
  function begin(id: number, options: Options = {}): ActiveRun {
    const { timeout, dirs = new TaskDirs(scratch), input } = options;
    const kind = { type: "test/fake", resources: { cpus: 1 }, outputs: [], group: 0, timeout };
    const assigned = new AssignedTask({
      session: SESSION,
      id,
      kind: new PreparedKind(kind, undefined),
      config: undefined,
      name: "",
      firstOutput: 0,
      inputs: input === undefined ? [] : [INPUT],
    });
    const active: ActiveRun = { run: new TaskRun(assigned, performance.now(), dirs), limit: undefined };
    active.run.inputs = storedInputs(store, assigned, () => undefined);
    runs.begin(active);
    return active;
  }
  const reports = () => {
    reporter.flush();
    return sent.filter(([kind]) => kind === "finished" || kind === "failed").map(([kind]) => kind);
  };
  const pathOfInput = () => store.get(SESSION, INPUT)?.content.path ?? "";
  return {
    runs,
    begin,
    beginWithInput,
    pathOfInput,
    reports,
    sent,
    ended,
    spoiled,
    store,
    logged,
    stop,
    scratch,
  };
}

describe("a run", () => {
  test("is reported with its success", async () => {
    const { runs, begin, reports, ended } = await newRuns();
    const active = begin(1);
    runs.running(active);
    runs.succeed(active, []);
    expect([reports(), ended, [...runs.active]]).toEqual([["finished"], [1], []]);
  });

  test("is reported with its failure", async () => {
    const { runs, begin, reports, ended } = await newRuns();
    runs.fail(begin(1), new Error("broken"));
    expect([reports(), ended]).toEqual([["failed"], [1]]);
  });

  test("that was aborted is told to stop, and not reported", async () => {
    const { runs, begin, reports, ended, stop } = await newRuns();
    const [one, other] = [begin(1), begin(2)];
    runs.abort(SESSION, new Set([1]));
    expect(stop.mock.calls).toEqual([[one]]);
    runs.succeed(one, []);
    runs.succeed(other, []);
    expect([reports(), ended]).toEqual([["finished"], [1, 2]]);
  });

  test("ends once, even when it is abandoned before its code ends", async () => {
    const { runs, begin, reports, ended } = await newRuns();
    const active = begin(1);
    runs.abort(SESSION);
    runs.abandon(active);
    runs.fail(active, new Error("told to stop"));
    expect([reports(), ended]).toEqual([[], [1]]);
  });

  test("that was not begun may start again, unless it was aborted", async () => {
    const { runs, begin, reports, ended } = await newRuns();
    expect(runs.putBack(begin(1))).toBe(true);
    const aborted = begin(2);
    runs.abort(SESSION);
    expect(runs.putBack(aborted)).toBe(false);
    expect([reports(), ended]).toEqual([[], [2]]);
  });

  test("that is not the one which takes too long goes on after its timeout", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { runs, begin, stop } = await newRuns({ isLate: () => false });
    runs.running(begin(1, { timeout: 1 }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stop).not.toHaveBeenCalled();
  });

  test("whose directory cannot be removed is ended, and the log tells of the directory", async () => {
    const { runs, begin, ended, logged, scratch } = await newRuns();
    const active = begin(1, { dirs: new StuckDirs(scratch) });
    await active.run.dir();
    runs.succeed(active, []);
    await runs.settle();
    expect([ended, logged]).toEqual([[1], ["the directory of a task was not removed"]]);
  });
});

describe("a run whose input was changed", () => {
  test("fails and names the file, and nobody reads the input or the outputs any more", async () => {
    const { runs, beginWithInput, pathOfInput, sent, ended, store, scratch } = await newRuns();
    await mkdir(join(scratch, "tree"));
    await writeFile(join(scratch, "tree", "file"), "hello");
    const active = await beginWithInput(1, join(scratch, "tree"));
    await writeFile(join(pathOfInput(), "file"), "EVIL!");
    runs.succeed(active, [store.put(SESSION, 0, bytesOf("made of EVIL!"), "")]);
    await runs.settle();
    expect(sent).toMatchObject([
      ["failed", { task: 1, error: { code: "TASK_FAILED", message: expect.stringContaining('"#0/file"') } }],
    ]);
    expect([ended, [...store.objectsOf(SESSION)]]).toEqual([[1], []]);
  });

  test("fails so too if its code has failed, or was told to stop: the input is given up", async () => {
    const { runs, beginWithInput, pathOfInput, reports, store, scratch } = await newRuns();
    for (const [id, end] of [
      [1, (active: ActiveRun) => runs.fail(active, new Error("broken"))],
      [2, (active: ActiveRun) => runs.abort(SESSION, new Set([2])) ?? runs.fail(active, new Error("told"))],
    ] as const) {
      await writeFile(join(scratch, "file"), "hello");
      const active = await beginWithInput(id, join(scratch, "file"));
      await appendFile(pathOfInput(), "EVIL");
      end(active);
      expect(store.has(SESSION, INPUT)).toBe(false);
    }
    expect(reports()).toEqual(["failed"]);
  });

  test.each([
    ["before it started", {}, new Date(2020, 1, 1)],
    ["by another one, since its own code could not", { isForeign: () => false }, new Date()],
  ])("%s is given back", async (_, backend, changedAt) => {
    const { runs, beginWithInput, pathOfInput, reports, ended, spoiled, scratch } = await newRuns(backend);
    await writeFile(join(scratch, "file"), "hello");
    await utimes(join(scratch, "file"), 1000, 1000);
    const active = await beginWithInput(1, join(scratch, "file"));
    await appendFile(pathOfInput(), "EVIL");
    await utimes(pathOfInput(), changedAt, changedAt);
    runs.succeed(active, []);
    expect([reports(), ended, spoiled]).toEqual([[], [1], [[1, INPUT]]]);
  });
});
