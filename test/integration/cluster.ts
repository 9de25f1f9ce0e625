import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { onTestFinished } from "vitest";
import { type Client, connect } from "../../src/runtime/client/index.ts";
import { ownPlugin } from "../../src/runtime/plugin/loading/own-plugin.ts";
import type { ExternalTaskType } from "../../src/runtime/plugin/loading/package.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import type { Credentials } from "../../src/runtime/security/credentials.ts";
import type { ServerLimits } from "../../src/runtime/server/api/limits.ts";
import { type RunningServer, startServer } from "../../src/runtime/server/index.ts";
import type { Identity } from "../../src/runtime/transport/http-server.ts";
import {
  type ExecutorSettings,
  type RunningWorker,
  type StartWorkerOptions,
  startWorker,
} from "../../src/runtime/worker/index.ts";
import { builtin } from "../../src/tasks/index.ts";
import remote from "../../src/tasks/remote.ts";

export interface TestCluster {
  server: RunningServer;
  workers: RunningWorker[];
  client: Client;
  /** The cluster's own directory, which is gone after the test. */
  dir: string;
  connect(): Promise<Client>;
  /** Starts a further worker with one cpu. Answers its slot. */
  addWorker(): Promise<number>;
}

/** A temporary directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The cpus of a worker, or all that it offers. */
type Offer = number | Pick<StartWorkerOptions, "cpus" | "memory" | "named" | "labels">;

export interface ClusterOptions {
  /** Task types that run in executors. */
  externals?: readonly ExternalTaskType[];
  /** For their executors. */
  executors?: Omit<ExecutorSettings, "script">;
  /** Milliseconds until what must stop is killed. */
  graceMs?: number;
  /** What its processes bear. */
  credentials?: Credentials;
  /** By what server and workers prove who they are. */
  identity?: Identity;
  limits?: Partial<ServerLimits>;
  /** Of the server. Default: none. */
  log?: Logger;
}

/** A real server on a free port and real workers, stopped after the test; what they leave behind fails it. */
export async function startCluster(
  offers: Offer[] = [1],
  { externals = [], executors = {}, graceMs, credentials = {}, identity, limits, log }: ClusterOptions = {},
): Promise<TestCluster> {
  const dir = await temporaryDirectory();
  const silent = pino({ level: "silent" });
  const { token, tls: trust } = credentials;
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    stateDir: dir,
    log: log ?? silent,
    token,
    identity,
    trust,
    limits,
  });
  const bundles = process.env.RAIN_TEST_EXECUTOR ?? "";
  const functions = ownPlugin(remote, join(bundles, "remote.mjs"), "0.0.0");
  const registry = createRegistry([builtin], [...functions, ...externals]);
  const script = join(bundles, "executor.mjs");
  const workDir = join(dir, "work");
  const start = (offer: Offer) => {
    const offered = typeof offer === "number" ? { cpus: offer } : offer;
    const own = {
      credentials,
      identity,
      workDir,
      registry,
      executors: { script, ...executors },
      graceMs,
      log: silent,
    };
    return startWorker({ server: server.address, ...offered, ...own });
  };
  const workers = await Promise.all(offers.map(start));
  const clients: Client[] = [];
  const cluster: TestCluster = {
    server,
    workers,
    dir,
    connect: async () => {
      const client = await connect(server.address, credentials);
      clients.push(client);
      return client;
    },
    addWorker: async () => {
      const worker = await start(1);
      workers.push(worker);
      return worker.id;
    },
    client: undefined as unknown as Client,
  };
  cluster.client = await cluster.connect();
  onTestFinished(async () => {
    for (const client of clients.reverse()) await client.close();
    await server.stop();
    await Promise.all(workers.map((worker) => worker.closed));
    const left = await readdir(workDir).catch(() => []);
    if (left.length > 0) throw new Error(`the workers left ${left.join(", ")} behind`);
  });
  return cluster;
}

/** Waits for a condition that is sure to come, and fails when it does not within ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
