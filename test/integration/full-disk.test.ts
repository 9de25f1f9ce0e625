import { execFileSync } from "node:child_process";
import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { blob, connect, tasks } from "../../src/runtime/client/index.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import { startServer } from "../../src/runtime/server/index.ts";
import { startWorker } from "../../src/runtime/worker/index.ts";
import { builtin } from "../../src/tasks/index.ts";
import { eventually, temporaryDirectory } from "./cluster.ts";

const MiB = 1 << 20;
const DISK = 24 * MiB;
/** More than the small disk holds. */
const LARGE = 40 * MiB;
const log = pino({ level: "silent" });

/** A file system of a few megabytes, where this process may mount one. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function smallDisk(): Promise<string> {
  const path = join(await temporaryDirectory(), "small");
  await mkdir(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "rain-test", path]);
  onTestFinished(() => void execFileSync("umount", ["-l", path]));
  return path;
}

async function usedBytes(path: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(path);
  return (blocks - bfree) * bsize;
}

/** A server and workers with directories of their own, each labelled by its place in the list. */
async function startOn({ serverDir, workDirs }: { serverDir: string; workDirs: string[] }) {
  const server = await startServer({ host: "127.0.0.1", port: 0, stateDir: serverDir, log });
  const workers = await Promise.all(
    workDirs.map((workDir, i) =>
      startWorker({
        server: server.address,
        cpus: 1,
        workDir,
        labels: { disk: String(i) },
        registry: createRegistry([builtin]),
        executors: { script: "" },
        memoryBudget: MiB,
        log,
      }),
    ),
  );
  const client = await connect(server.address);
  onTestFinished(async () => {
    await client.close();
    await server.stop();
    await Promise.all(workers.map((worker) => worker.closed));
  });
  return { server, workers, client };
}

const zeros = (size: number, disk: number) =>
  tasks.run(`head -c ${size} /dev/zero`, {
    shell: true,
    stdout: true,
    where: { labels: { disk: String(disk) } },
  });

describe.skipIf(!canMount())("a disk that is full (needs root, to mount a small one)", () => {
  it("fails the task whose output does not fit, and gives the space back", async () => {
    const disk = await smallDisk();
    const { client } = await startOn({ serverDir: await temporaryDirectory(), workDirs: [disk] });
    const before = await usedBytes(disk);
    const session = await client.newSession({ name: "large" });
    await session.submit([zeros(LARGE, 0).keep()]);
    await expect(session.waitAll()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(/[Nn]o space left/),
    });
    await session.close();
    await eventually(async () => (await usedBytes(disk)) <= before + MiB, "the space is given back");

    await using next = await client.newSession({ name: "small" });
    const fits = zeros(4 * MiB, 0).keep();
    await next.submit([fits]);
    expect((await fits.output.fetch().bytes()).length).toBe(4 * MiB);
  });

  it("fails the task whose input does not fit, with the reason, and leaves the other worker alone", async () => {
    const disk = await smallDisk();
    const { client } = await startOn({
      serverDir: await temporaryDirectory(),
      workDirs: [await temporaryDirectory(), disk],
    });
    const session = await client.newSession({ name: "input" });
    const large = tasks.run(`head -c ${LARGE} /dev/zero`, {
      shell: true,
      stdout: true,
      where: { labels: { disk: "0" } },
    });
    const there = { where: { labels: { disk: "1" } } };
    await session.submit([tasks.run("wc -c", { shell: true, stdin: large, stdout: true, ...there }).keep()]);
    await expect(session.waitAll()).rejects.toMatchObject({
      message: expect.stringMatching(/[Nn]o space left|ENOSPC/),
    });
    await session.close();
    await eventually(async () => (await usedBytes(disk)) <= MiB, "the space is given back");
    await using next = await client.newSession({ name: "both" });
    const both = tasks.concat([zeros(MiB, 0), zeros(MiB, 1)]).keep();
    await next.submit([both]);
    expect((await both.output.fetch().bytes()).length).toBe(2 * MiB);
  });

  it("refuses a constant that the server cannot store, and goes on", async () => {
    const disk = await smallDisk();
    const { client } = await startOn({ serverDir: disk, workDirs: [await temporaryDirectory()] });
    const session = await client.newSession({ name: "constant" });
    const large = tasks.concat([blob(new Uint8Array(LARGE))]).keep();
    await expect(session.submit([large])).rejects.toMatchObject({
      code: "IO",
      message: expect.stringMatching(/cannot store constant.*ENOSPC/s),
    });
    await session.close();
    await eventually(async () => (await usedBytes(disk)) <= MiB, "the space is given back");
    await using next = await client.newSession({ name: "small" });
    const small = tasks.concat([blob(new Uint8Array(MiB))]).keep();
    await next.submit([small]);
    expect((await small.output.fetch().bytes()).length).toBe(MiB);
  });
});
