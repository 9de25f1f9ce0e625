import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blob, type Session, type Task, type TaskOptions, tasks } from "../../src/runtime/client/index.ts";
import { eventually, startCluster, temporaryDirectory } from "./cluster.ts";

/** A program of the shell whose output is kept. */
const sh = (script: string, options: TaskOptions = {}): Task =>
  tasks.run(["sh", "-c", script], { stdout: true, ...options, keep: true });

const printed = (all: readonly Task[]) =>
  Promise.all(all.map(async (task) => (await task.output.fetch().text()).trim()));

async function workersOf(session: Session, all: readonly Task[]): Promise<unknown[]> {
  await session.update(all);
  return all.map(({ info }) => (info as { worker?: number }).worker);
}

describe("where tasks run", () => {
  it("is where their labels hold, or on a worker that they name", async () => {
    const { client, workers } = await startCluster([
      { cpus: 2, labels: { zone: "eu" } },
      { cpus: 2, labels: { zone: "us" } },
    ]);
    await using session = await client.newSession();
    const eu = Array.from({ length: 4 }, () => sh("true", { where: { labels: { zone: "eu" } } }));
    const us = Array.from({ length: 4 }, () => sh("true", { where: { workers: [workers[1]?.id ?? 0] } }));
    await session.submit([...eu, ...us]);
    await session.waitAll();
    const idOf = async (zone: string) =>
      (await client.status()).workers.find(({ labels }) => labels.zone === zone)?.id;
    expect(new Set(await workersOf(session, eu))).toEqual(new Set([await idOf("eu")]));
    expect(new Set(await workersOf(session, us))).toEqual(new Set([workers[1]?.id]));
  });

  it("is told when it is nowhere, with what each worker lacks, until one comes", async () => {
    const { client } = await startCluster([{ cpus: 2, memory: 2 ** 30 }]);
    await using session = await client.newSession();
    const big = sh("true", { key: "big", resources: { memory: 2 ** 31, named: { gpu: 1 } } });
    await session.submit([big, sh("true")]);
    const { blocked } = await session.status();
    expect(blocked).toEqual([
      {
        count: 1,
        example: { task: 0, key: "big", type: "builtin/run" },
        reasons: [
          {
            worker: 1,
            reason: "lacks the resource gpu, has 1 GiB of the 2 GiB of memory needed",
          },
        ],
      },
    ]);
  });
});

describe("resources", () => {
  it("are units of one task at a time, which it is told", async () => {
    const { client } = await startCluster([{ cpus: 8, named: { gpu: [4, 7] } }]);
    await using session = await client.newSession();
    const locks = await temporaryDirectory();
    // Making the directory of a unit fails while another task has that unit.
    const script = `set -e
for unit in $(echo $CUDA_VISIBLE_DEVICES | tr , " "); do mkdir ${locks}/$unit; done
sleep 0.02
for unit in $(echo $CUDA_VISIBLE_DEVICES | tr , " "); do rmdir ${locks}/$unit; done
echo $RAIN_RESOURCE_GPU`;
    const all = Array.from({ length: 12 }, (_, i) =>
      sh(script, { resources: { named: { gpu: 1 + (i % 2) } } }),
    );
    await session.submit(all);
    const units = await printed(all);
    expect(units.filter((_, i) => i % 2 === 1)).toEqual(Array.from({ length: 6 }, () => "4,7"));
    expect(units.filter((_, i) => i % 2 === 0).every((text) => text === "4" || text === "7")).toBe(true);
    expect(await readdir(locks)).toEqual([]);
  });

  it("of memory are not exceeded, and leave the cpus to others", async () => {
    const { client } = await startCluster([{ cpus: 4, memory: 10 * 2 ** 30 }]);
    await using session = await client.newSession();
    const dir = await temporaryDirectory();
    const alone = `mkdir ${dir}/lock && sleep 0.05 && rmdir ${dir}/lock`;
    const large = Array.from({ length: 5 }, () => sh(alone, { resources: { memory: 6 * 2 ** 30 } }));
    const stuck = sh(`while [ ! -e ${dir}/go ]; do sleep 0.01; done`, { resources: { memory: 9 * 2 ** 30 } });
    await session.submit(stuck);
    const plain = Array.from({ length: 5 }, () => sh("true"));
    await session.submit([...large, ...plain]);
    await session.wait(plain);
    expect(await session.waitSome([...large, ...plain])).toEqual(plain);
    await session.submit(sh(`touch ${dir}/go`));
    await session.waitAll();
  });
});

it("tasks of a higher priority run first", async () => {
  const { client } = await startCluster([1]);
  await using session = await client.newSession();
  const dir = await temporaryDirectory();
  const note = (priority: number) => sh(`echo ${priority} >> ${dir}/order`, { priority });
  const gate = sh(`while [ ! -e ${dir}/go ]; do sleep 0.01; done`, { priority: 100 });
  await session.submit([gate, ...[0, 5, -3, 5, 9].map(note)]);
  await writeFile(join(dir, "go"), "");
  await session.waitAll();
  expect((await readFile(join(dir, "order"), "utf8")).split("\n").filter(Boolean)).toEqual([
    "9",
    "5",
    "5",
    "0",
    "-3",
  ]);
});

describe("a run that fails", () => {
  it("is repeated as often as the task says, and each failure is in the log", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const dir = await temporaryDirectory();
    const third = sh(`echo x >> ${dir}/runs; [ $(wc -l < ${dir}/runs) = 3 ] || exit 7; echo done`, {
      retries: 2,
    });
    await session.submit(third);
    expect(await printed([third])).toEqual(["done"]);
    const messages: unknown[] = [];
    for await (const { event, message } of client.logs({ session: session.id })) {
      if (event === "failed" || event === "finished") messages.push(message ?? event);
    }
    expect(messages).toEqual(["attempt 1 of 3", "attempt 2 of 3", "finished"]);
  });

  it("fails its session when no run is left", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const task = sh("exit 3", { retries: 1 });
    await session.submit(task);
    await expect(task.wait()).rejects.toMatchObject({ code: "TASK_FAILED", details: { exitCode: 3 } });
    let failures = 0;
    for await (const { event } of client.logs({ session: session.id, failed: true })) {
      if (event === "failed") failures++;
    }
    expect(failures).toBe(2);
  });

  it("may have taken too long", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const task = sh("sleep 30", { timeout: 0.1, name: "nap" });
    await session.submit(task);
    await expect(task.wait()).rejects.toMatchObject({
      message: "task nap (builtin/run) failed on worker 1: timed out after 0.1 s",
    });
    await eventually(async () => (await client.status()).workers[0]?.running === 0, "the cpu is free again");
  });
});

it("a dry run tells where tasks would run, with the bytes of no constant, and leaves values free", async () => {
  const { client } = await startCluster([{ cpus: 1, labels: { zone: "eu" } }, 1]);
  const large = blob(new Uint8Array(5_000_000));
  const task = tasks.concat([large, blob("x")], { where: { labels: { zone: "eu" } } }).keep();
  const eu = (await client.status()).workers.find(({ labels }) => labels.zone === "eu")?.id;
  const { workers, blocked } = await client.place([task]);
  expect(blocked).toEqual([]);
  expect(workers.filter(({ count }) => count > 0)).toMatchObject([
    { worker: eu, count: 1, fetchedInputs: 2, parts: [{ group: "", type: "builtin/concat", count: 1 }] },
  ]);
  expect((await client.status()).sessions).toEqual([]);
  await using session = await client.newSession();
  await session.submit(task);
  expect((await task.output.fetch().bytes()).length).toBe(5_000_001);
});
