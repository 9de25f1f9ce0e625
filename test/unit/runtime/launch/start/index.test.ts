import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCluster } from "../../../../../src/runtime/launch/cluster-record.ts";
import { startLocal } from "../../../../../src/runtime/launch/start/index.ts";
import type { StartEvent, StartOptions } from "../../../../../src/runtime/launch/start/options.ts";
import { stopCluster } from "../../../../../src/runtime/launch/stop.ts";
import { isRunning } from "../../../../../src/runtime/platform/processes/identity.ts";

const FAKE = fileURLToPath(new URL("../../../../fixtures/fake-rain.mjs", import.meta.url));
const ADDRESS = "127.0.0.1:1";

let home: string;
const signal = new AbortController().signal;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "launch-"));
  vi.stubEnv("RAIN_HOME", home);
});
afterEach(async () => {
  await stopCluster({ address: ADDRESS, force: true, signal });
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

function start(options: Partial<StartOptions> = {}, on: (event: StartEvent) => void = () => {}) {
  return startLocal(
    {
      program: [process.execPath, FAKE],
      listen: { host: "127.0.0.1", port: 0 },
      workers: [1, 1],
      runPrefix: [],
      signal,
      ...options,
    },
    on,
  );
}

/** Everything of a cluster that a failed start must not leave. */
async function expectNothingLeft(): Promise<void> {
  expect(await readCluster()).toBeUndefined();
  for (const cluster of readdirSync(join(home, "clusters"))) {
    expect(readdirSync(join(home, "clusters", cluster))).toEqual(["logs"]);
  }
}

describe("startLocal", () => {
  it("returns when server and workers are ready, and records them", async () => {
    const events: StartEvent[] = [];
    const cluster = await start({}, (event) => events.push(event));
    expect(events[0]).toEqual({ kind: "server", address: ADDRESS });
    expect(events.slice(1)).toEqual(
      expect.arrayContaining([
        { kind: "worker", index: 0, id: 1 },
        { kind: "worker", index: 1, id: 2 },
      ]),
    );
    expect(cluster.workers).toHaveLength(2);
    expect(await readCluster()).toEqual(cluster);
  });

  it("refuses to start a second cluster", async () => {
    await start();
    await expect(start()).rejects.toMatchObject({
      code: "ALREADY_RUNNING",
      message: expect.stringContaining(ADDRESS),
    });
  });

  it("lets the network reach a server with a token alone, and one in its place as well", async () => {
    const { server, tokenFile } = await start({ listen: { host: "0.0.0.0", port: 0 } });
    expect(statSync(tokenFile!).mode & 0o777).toBe(0o600);
    process.kill(server!.pid, "SIGKILL");
    await vi.waitUntil(() => !isRunning(server!), 5_000);
    const revived = await start();
    const { stdout } = await execa("ps", ["-o", "args=", "-p", String(revived.server!.pid)]);
    expect(stdout).toContain(`--listen 0.0.0.0:1 `);
    expect(stdout).toContain(`--token-file ${tokenFile}`);
  });

  it("starts another server where only the server has died", async () => {
    const cluster = await start();
    process.kill(cluster.server!.pid, "SIGKILL");
    await vi.waitFor(() => expect(isRunning(cluster.server!)).toBe(false));
    const events: StartEvent[] = [];
    const revived = await start({}, (event) => events.push(event));
    expect(events).toEqual([{ kind: "revived", address: ADDRESS }]);
    expect(revived.workers).toEqual(cluster.workers);
    expect(isRunning(revived.server!)).toBe(true);
    expect(await readCluster()).toEqual(revived);
  });

  it("forgets a cluster whose processes are gone", async () => {
    const cluster = await start();
    const processes = [cluster.server!, ...cluster.workers];
    for (const { pid } of processes) process.kill(pid, "SIGKILL");
    await vi.waitFor(async () => {
      for (const each of processes) expect(isRunning(each)).toBe(false);
    });
    expect((await start()).server?.pid).not.toBe(cluster.server?.pid);
    expect(existsSync(cluster.workDirectory)).toBe(false);
  });

  it.each(["server", "worker"])("stops everything again when a %s fails, and shows its log", async (role) => {
    vi.stubEnv("FAKE_RAIN", `${role} fails`);
    await expect(start()).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringMatching(new RegExp(`exit code 7[^]*the ${role} has no luck today`)),
    });
    await expectNothingLeft();
  });

  it("stops everything again when it is interrupted", async () => {
    vi.stubEnv("FAKE_RAIN", "worker hangs");
    const interruption = new AbortController();
    const starting = start({ signal: interruption.signal }, () =>
      interruption.abort(new Error("interrupted")),
    );
    await expect(starting).rejects.toThrow("interrupted");
    await expectNothingLeft();
  });

  it("names the program that it cannot run", async () => {
    await expect(start({ runPrefix: ["/no/such/tool"] })).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining("/no/such/tool"),
    });
    await expectNothingLeft();
  });

  it("puts logs and work where it is told", async () => {
    const cluster = await start({
      logDirectory: join(home, "my-logs"),
      workDirectory: join(home, "my-work"),
    });
    expect(readdirSync(join(home, "my-logs")).sort()).toEqual(["server.log", "worker-1.log", "worker-2.log"]);
    expect(cluster.workDirectory.startsWith(join(home, "my-work"))).toBe(true);
  });

  it("names the directory that it cannot make", async () => {
    await writeFile(join(home, "file"), "");
    await expect(start({ workDirectory: join(home, "file", "work") })).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining(join(home, "file", "work")),
    });
  });
});

describe("stopCluster", () => {
  it("ends all processes and removes the work directory", async () => {
    const cluster = await start();
    expect(await stopCluster({ address: ADDRESS, force: false, signal })).toMatchObject({ stopped: true });
    for (const process of [cluster.server!, ...cluster.workers]) expect(isRunning(process)).toBe(false);
    expect(existsSync(cluster.workDirectory)).toBe(false);
    expect(existsSync(cluster.logDirectory)).toBe(true);
    expect(await readCluster()).toBeUndefined();
  });

  it("ends processes that do not listen, when forced", async () => {
    vi.stubEnv("FAKE_RAIN", "deaf");
    const cluster = await start();
    expect(await stopCluster({ address: ADDRESS, force: true, signal })).toMatchObject({ stopped: true });
    expect(isRunning(cluster.server!)).toBe(false);
  });

  it("says that nothing runs", async () => {
    expect(await stopCluster({ address: ADDRESS, force: false, signal })).toEqual({ stopped: false });
  });

  it("spares a stranger that has got the number of a process of ours", async () => {
    const cluster = await start({ workers: [] });
    const record = JSON.parse(readFileSync(join(home, "cluster.json"), "utf8"));
    record.server.startTime -= 1;
    await writeFile(join(home, "cluster.json"), JSON.stringify(record));
    expect(await stopCluster({ address: ADDRESS, force: true, signal })).toEqual({ stopped: false });
    expect(isRunning(cluster.server!)).toBe(true);
    await writeFile(join(home, "cluster.json"), JSON.stringify(cluster));
  });
});
