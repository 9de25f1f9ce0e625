import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  blob,
  type LogEntry,
  remote,
  type Session,
  type Task,
  type TaskOptions,
  tasks,
} from "../../src/runtime/client/index.ts";
import { startCluster, type TestCluster, temporaryDirectory } from "./cluster.ts";

const sh = (script: string, options: TaskOptions = {}): Task =>
  tasks.run(["sh", "-c", script], { stdout: true, ...options });

async function logOf(
  { client }: TestCluster,
  session: Session,
  event: LogEntry["event"],
): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const entry of client.logs({ session: session.id }))
    if (entry.event === event) found.push(entry);
  return found;
}

describe("retries with a delay", () => {
  it("wait before each run, and each attempt is in the log with its error and output", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession();
    const task = sh("echo working; echo broken >&2; exit 7", {
      retries: { times: 2, delay: 0.2, backoff: 2 },
    });
    await session.submit(task);
    await expect(task.wait()).rejects.toMatchObject({ code: "TASK_FAILED", details: { exitCode: 7 } });
    const failed = await logOf(cluster, session, "failed");
    expect(failed).toMatchObject([
      { attempt: 1, attempts: 3, worker: 1, stderr: "broken\n", error: { details: { exitCode: 7 } } },
      { attempt: 2, attempts: 3 },
      { attempt: 3, attempts: 3 },
    ]);
    expect(failed[0]?.message).toMatch(/^attempt 1 of 3, the next in 0\.[23] s$/);
    expect(failed[2]?.retryAt).toBeUndefined();
    const [, second, third] = await logOf(cluster, session, "assigned");
    const at = (time = "") => Date.parse(time);
    expect(at(second?.time)).toBeGreaterThanOrEqual(at(failed[0]?.retryAt) - 5);
    expect(at(third?.time) - at(failed[1]?.time)).toBeGreaterThan(380);
  });

  it("are told by the task while it waits", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const task = sh("exit 1", { retries: { times: 1, delay: 60 } });
    await session.submit(task);
    for (;;) {
      await task.update();
      if (task.info?.failedRuns) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(task.info).toMatchObject({ state: "waiting", failedRuns: 1, retries: { times: 1, delay: 60 } });
    const seconds = (Date.parse(task.info?.retryAt ?? "") - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it("go to another worker when there is one", async () => {
    const cluster = await startCluster([1, 1]);
    await using session = await cluster.client.newSession();
    await session.submit(sh("exit 1", { retries: 1 }));
    await expect(session.waitAll()).rejects.toMatchObject({ code: "TASK_FAILED" });
    const workers = (await logOf(cluster, session, "failed")).map(({ worker }) => worker);
    expect(workers.sort()).toEqual([1, 2]);
  });
});

describe("a session that goes on after failures", () => {
  async function started(): Promise<TestCluster & { session: Session; all: Record<string, Task> }> {
    const cluster = await startCluster([2]);
    const session = await cluster.client.newSession({ onFailure: "continue" });
    const bad = sh("echo no >&2; exit 3", { key: "bad" });
    const after = tasks.concat([bad, blob("x")], { key: "after", keep: true });
    const last = tasks.concat([after], { key: "last" });
    const good = tasks.concat([blob("good")], { key: "good", keep: true });
    const all = { bad, after, last, good };
    await session.submit(Object.values(all));
    return { ...cluster, session, all };
  }

  it("finishes what does not depend on the failure, and tells the rest", async () => {
    const { session, all } = await started();
    await expect(session.waitAll()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(/^1 of 4 tasks failed, and 2 were skipped because of that; task bad /),
      details: { failed: 1, skipped: 2 },
    });
    expect(await all.good?.output.fetch().text()).toBe("good");
    await session.seal();
    expect(await session.status()).toMatchObject({
      state: "failed",
      tasks: { total: 4, finished: 1, failed: 1, skipped: 2 },
      failedTasks: [{ key: "bad", error: { details: { exitCode: 3 } } }],
      skippedTasks: [{ because: { key: "bad" }, count: 2, examples: [{ key: "after" }, { key: "last" }] }],
    });
    await session.update(Object.values(all));
    expect(all.last?.info).toMatchObject({ state: "skipped", because: { key: "bad" } });
  });

  it("fails waits for what will not be, at once or while they wait", async () => {
    const { session, all } = await started();
    const skipped =
      /^task last was skipped because it needs an output of task bad: task bad .* exited with code 3/;
    await expect(all.last?.wait()).rejects.toThrow(skipped);
    await expect(all.last?.wait()).rejects.toThrow(skipped);
    await expect(all.after?.output.fetch().text()).rejects.toThrow(/^task after was skipped/);
    await expect(session.wait([all.good!, all.bad!])).rejects.toThrow(/^task bad \(builtin\/run\) failed/);
    expect(await session.waitSome([all.bad!, all.good!])).toEqual([all.good]);
    await expect(session.waitSome([all.bad!, all.last!])).rejects.toMatchObject({ code: "TASK_FAILED" });
  });

  it("takes further tasks", async () => {
    const { session, all } = await started();
    await expect(all.bad?.wait()).rejects.toThrow();
    const [more, less] = [tasks.concat([all.good!], { keep: true }), tasks.concat([all.after!])];
    await session.submit(more, less);
    expect(await more.output.fetch().text()).toBe("good");
    await expect(less.wait()).rejects.toThrow(/was skipped/);
  });

  it("has each skipped task in its log", async () => {
    const cluster = await started();
    await expect(cluster.session.waitAll()).rejects.toThrow();
    expect(await logOf(cluster, cluster.session, "skipped")).toMatchObject([
      { key: "after", message: "it needs an output of bad" },
      { key: "last" },
    ]);
  });
});

describe("a program that is killed", () => {
  it("fails its task with the signal, the end of its output, and the end of its log", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession();
    const dir = await temporaryDirectory();
    const task = sh(`echo before; echo last words >&2; echo $$ > ${dir}/pid; sleep 60`, { key: "victim" });
    await session.submit(task);
    const pid = await pidIn(join(dir, "pid"));
    process.kill(pid, "SIGKILL");
    await expect(task.wait()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(
        /^task victim \(builtin\/run\) failed on worker 1: `sh` was terminated by signal SIGKILL/,
      ),
      details: { signal: "SIGKILL", stderr: "last words\n" },
    });
    expect(await logOf(cluster, session, "failed")).toMatchObject([{ stderr: "last words\n" }]);
  });

  it("is run again when its task has retries", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession();
    const dir = await temporaryDirectory();
    const script = `[ -e ${dir}/pid ] && exec echo survived; echo $$ > ${dir}/pid; sleep 60`;
    const task = sh(script, { retries: 1, keep: true });
    await session.submit(task);
    process.kill(await pidIn(join(dir, "pid")), "SIGKILL");
    expect(await task.output.fetch().text()).toBe("survived\n");
    const [failed] = await logOf(cluster, session, "failed");
    expect(failed).toMatchObject({ attempt: 1, attempts: 2, error: { details: { signal: "SIGKILL" } } });
  });
});

describe("an executor that is killed", () => {
  const fall = (path: string) => {
    const { appendFileSync, readFileSync } = process.getBuiltinModule("node:fs");
    appendFileSync(path, "x");
    if (readFileSync(path, "utf8") === "x") process.kill(process.pid, "SIGKILL");
    return `run ${readFileSync(path, "utf8").length}`;
  };

  it("fails its task with the signal", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const task = remote(fall)(join(await temporaryDirectory(), "runs"));
    await session.submit(task);
    await expect(task.wait()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(/ was killed by SIGKILL while it ran this task$/),
      details: { signal: "SIGKILL" },
    });
  });

  it("is followed by another when the task has retries", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession();
    const task = remote(fall, { retries: 1 })(join(await temporaryDirectory(), "runs"));
    await session.submit(task.keep());
    expect(await task.value()).toBe("run 2");
    const [failed] = await logOf(cluster, session, "failed");
    expect(failed).toMatchObject({ attempt: 1, attempts: 2, error: { details: { signal: "SIGKILL" } } });
  });
});

describe.runIf(existsSync("/proc/self/stat"))(
  "a program that takes more memory than its task asked for",
  () => {
    it("is killed, and the task says how much it was", async () => {
      const { client } = await startCluster([1]);
      await using session = await client.newSession();
      // `tail` holds a line until it can write it.
      const greedy = "head -c 200M /dev/zero | tail -n 1 | sleep 60";
      const task = sh(greedy, { key: "greedy", resources: { memory: 64 << 20 } });
      await session.submit(task);
      await expect(task.wait()).rejects.toMatchObject({
        code: "TASK_FAILED",
        message: expect.stringMatching(
          /^task greedy .* failed on worker 1: `sh` was killed, since it used [\d.]+ MiB of memory and its task asked for 64 MiB$/,
        ),
        details: { memoryAsked: 64 << 20, memoryUsed: expect.any(Number) },
      });
    });
  },
);

/** The number in a file, once it is there. */
async function pidIn(path: string): Promise<number> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    try {
      const pid = Number(readFileSync(path, "utf8"));
      if (pid > 0) return pid;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no process has written ${path}`);
}
