import { describe, expect, it } from "vitest";
import { blob, directory, task, tasks } from "../../src/runtime/client/index.ts";
import { eventually, startCluster } from "./cluster.ts";

const failing = () => tasks.run(["sh", "-c", "echo broken >&2; exit 3"]);

describe("a session", () => {
  it("runs what is submitted and gives kept objects back", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "hello" });
    const joined = tasks.concat([blob("Hello "), blob("world!")]);
    joined.output.keep();
    await session.submit(joined);
    expect(await joined.output.fetch().text()).toBe("Hello world!");
  });

  it("takes several submits; a later one may use what an earlier one kept", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "growing" });
    const first = tasks.concat([blob("a"), blob("b")]).keep();
    await session.submit(first);
    await first.wait();
    const second = tasks.concat([first, blob("c")]).keep();
    await session.submit(second);
    expect(await second.output.fetch().text()).toBe("abc");
  });

  it("refuses an input of an earlier submit that was not kept", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "growing" });
    const first = tasks.concat([blob("a")]);
    await session.submit(first);
    await expect(session.submit(tasks.concat([first]))).rejects.toMatchObject({ code: "NOT_KEPT" });
  });

  it("answers a wait for everything at once when nothing was submitted", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "empty" });
    await session.waitAll();
  });

  it("waits for tasks and objects that are not kept, and refuses to fetch them", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "waits" });
    const task = tasks.concat([blob("x")]);
    await session.submit(task);
    await task.wait();
    await task.output.wait();
    expect(() => task.output.fetch()).toThrow(expect.objectContaining({ code: "NOT_KEPT" }));
  });

  it("answers a wait for some with those that have finished", async () => {
    const { client } = await startCluster([2]);
    await using session = await client.newSession({ name: "some" });
    const quick = tasks.sleep(blob("quick"), 0);
    const slow = tasks.sleep(blob("slow"), 30);
    await session.submit([quick, slow]);
    expect(await session.waitSome([slow, quick])).toEqual([quick]);
  });

  it("frees an object at unkeep, after which it cannot be fetched or unkept again", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "unkeep" });
    const task = tasks.concat([blob("x")]).keep();
    await session.submit(task);
    await task.output.unkeep();
    await expect(task.output.unkeep()).rejects.toMatchObject({ code: "NOT_KEPT" });
    expect(() => task.output.fetch()).toThrow(expect.objectContaining({ code: "NOT_KEPT" }));
  });

  it("fails with its first failed task, and reports that from then on", async () => {
    const { client } = await startCluster([2]);
    await using session = await client.newSession({ name: "failing" });
    const bad = failing();
    const other = tasks.sleep(blob("x"), 30).keep();
    await session.submit([bad, other]);
    const error = { code: "TASK_FAILED", message: expect.stringContaining("exited with code 3") };
    await expect(session.waitAll()).rejects.toMatchObject(error);
    await expect(other.wait()).rejects.toMatchObject(error);
    await expect(other.output.fetch().bytes()).rejects.toMatchObject(error);
    await expect(other.output.unkeep()).rejects.toMatchObject(error);
    await expect(other.update()).rejects.toMatchObject(error);
    await expect(session.submit(tasks.concat([]))).rejects.toMatchObject(error);
  });

  it.each([
    ["a missing input", () => task("sleep", { config: 1 }), "1 input expected"],
    ["a directory where a blob belongs", () => tasks.concat([directory(import.meta.dirname)]), "directory"],
    ["a config that is none", () => task("open", { config: { pat: "/x" } }), "config"],
    ["an alias of a task type", () => task("export", { inputs: [blob("x")], outputs: [] }), "config"],
  ])("fails a task that does not fit its type: %s", async (_, make, message) => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "unfit" });
    await session.submit(make());
    await expect(session.waitAll()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringContaining(message),
    });
  });

  it("leaves other sessions alone when it fails", async () => {
    const { client } = await startCluster([2]);
    await using healthy = await client.newSession({ name: "healthy" });
    const task = tasks.sleep(blob("still here"), 0.3).keep();
    await healthy.submit(task);
    await using sick = await client.newSession({ name: "sick" });
    await sick.submit(failing());
    await expect(sick.waitAll()).rejects.toMatchObject({ code: "TASK_FAILED" });
    expect(await task.output.fetch().text()).toBe("still here");
  });

  it("stops its programs when it is cancelled, and says so to whoever waits", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "cancelled", retain: true });
    await session.submit(tasks.sleep(blob("x"), 60));
    const waiting = session.waitAll();
    await session.cancel();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    await eventually(async () => (await client.status()).workers[0].running === 0, "the task stopped");
    await session.close();
  });

  it("is gone once it is closed", async () => {
    const { client } = await startCluster();
    const session = await client.newSession({ name: "closed" });
    const task = tasks.concat([blob("x")]).keep();
    await session.submit(task);
    await task.wait();
    await session.close();
    expect((await client.status()).sessions).toEqual([]);
    await expect(client.session(session.id)).rejects.toMatchObject({ code: "SESSION_CLOSED" });
  });

  it("closes with its client, unless it is detached", async () => {
    const cluster = await startCluster();
    const other = await cluster.connect();
    const attached = await other.newSession({ name: "attached" });
    await attached.submit(tasks.sleep(blob("x"), 60));
    const detached = await other.newSession({ name: "detached", detached: true });
    const task = tasks.sleep(blob("done"), 0.1).keep();
    await detached.submit(task);
    await other.close();
    await eventually(
      async () => (await cluster.client.status()).sessions.every(({ name }) => name === "detached"),
      "the attached session closed",
    );
    const again = await cluster.client.session("detached");
    await again.waitAll();
    await again.close();
  });

  it("lists a task's info once it has run", async () => {
    const { client, workers } = await startCluster();
    await using session = await client.newSession({ name: "info" });
    const task = tasks.sleep(blob("x"), 0.1);
    await session.submit(task);
    await task.wait();
    await task.update();
    expect(task.info).toMatchObject({ state: "finished", worker: workers[0].id, type: "builtin/sleep" });
    expect(task.info?.durationSeconds).toBeGreaterThan(0.09);
  });

  it("shows what its tasks ask for, and what a failure would do", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "spec", onFailure: "continue" });
    const asked = { resources: { cpus: 1, memory: 1 << 20 }, priority: 2, retries: 1, timeout: 9 };
    const one = task("concat", { inputs: [], ...asked });
    await session.submit(one);
    await one.update();
    expect(one.info).toMatchObject(asked);
    expect(await session.status()).toMatchObject({ onFailure: "continue" });
  });

  it("gives a wait up when its signal aborts", async () => {
    const { client } = await startCluster();
    await using session = await client.newSession({ name: "aborted" });
    const task = tasks.sleep(blob("x"), 60);
    await session.submit(task);
    await expect(task.wait({ signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });
});
