import { describe, expect, it } from "vitest";
import { renderLogEntry } from "../../../../../src/commands/ui/sessions/log-line.ts";

const time = new Date(new Date().setHours(14, 2, 7, 0)).toISOString();

describe("renderLogEntry", () => {
  it("shows time, session, event, task, worker and duration", () => {
    const entry = {
      time,
      event: "finished",
      session: 3,
      task: 7,
      name: "count",
      worker: 2,
      durationSeconds: 1.5,
    } as const;
    expect(renderLogEntry(entry)).toBe("14:02:07  session 3  finished         count, worker 2, 1.50 s");
  });

  it("names a task without a name by its number and type", () => {
    const entry = { time, event: "started", session: 3, task: 7, type: "builtin/run", worker: 2 } as const;
    expect(renderLogEntry(entry)).toBe("14:02:07  session 3  started          #7 builtin/run, worker 2");
  });

  it("shows the error of a failure, followed by the output", () => {
    const error = {
      code: "TASK_FAILED",
      message: "task count failed on worker 2: exited with code 3:\nno luck",
    } as const;
    expect(
      renderLogEntry({
        time,
        event: "failed",
        session: 3,
        task: 7,
        worker: 2,
        error,
        stdout: "a\nb\n",
        stderr: "no luck",
      }),
    ).toBe(
      [
        "14:02:07  session 3  failed           task count failed on worker 2: exited with code 3",
        "    stdout: a",
        "    stdout: b",
        "    stderr: no luck",
      ].join("\n"),
    );
  });

  it("shows only the last lines of long output", () => {
    const entry = {
      time,
      event: "finished",
      session: 1,
      task: 0,
      name: "t",
      stdout: "1\n2\n3\n4\n",
    } as const;
    expect(renderLogEntry(entry, 2).split("\n").slice(1)).toEqual([
      "    stdout: … 2 lines",
      "    stdout: 3",
      "    stdout: 4",
    ]);
  });

  it("shows the server if there is no session", () => {
    const entry = { time, event: "worker-joined", worker: 1, message: "2 cpus" } as const;
    expect(renderLogEntry(entry)).toBe("14:02:07  server  worker-joined    worker 1, 2 cpus");
  });
});
