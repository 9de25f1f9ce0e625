import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Client, connect, type Session, type Submittable } from "../src/index.ts";
import { itemAt } from "./item-at.ts";
import { cpuSeconds, microseconds, peakMegabytes } from "./process-use.ts";
import type { Sample } from "./sample.ts";

/** Processes of the built `rain` on a free port, with default settings. */
export interface RainCluster {
  client: Client;
  pids: { server: number; workers: number[] };
  stop(): Promise<void>;
}

/** @param settings additional environment variables of its processes */
export async function startRain(
  rain: string[],
  directory: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<RainCluster> {
  const [program = "", ...args] = rain;
  const env = { ...settings, RAIN_HOME: join(directory, "home") };
  const run = (...words: string[]) => execa(program, [...args, ...words], { cwd: directory, env });
  const started = await run("start", "--listen", "0", "--local-workers", "[1,1]", "--json");
  const { address, tokenFile } = JSON.parse(started.stdout) as { address: string; tokenFile?: string };
  const token = tokenFile && (await readFile(tokenFile, "utf8")).trim();
  const client = await connect(address, { token });
  const { server, workers } = await client.status();
  return {
    client,
    pids: { server: server.pid, workers: workers.map(({ pid }) => pid) },
    async stop() {
      await client.close();
      await run("stop");
    },
  };
}

/**
 * Starts to measure the resources of each process. The returned function returns the figures: CPU microseconds per task, or CPU
 * seconds if there is no number of tasks, and peak memory in MB.
 */
export function countUse(
  { pids }: RainCluster,
  executors: readonly number[] = [],
): (tasks?: number) => Record<string, number> {
  const all = [...pids.workers, ...executors, pids.server, process.pid];
  const before = all.map(cpuSeconds);
  return (tasks) => {
    const used = all.map((pid, i) => cpuSeconds(pid) - itemAt(before, i));
    const scaled = used.map((seconds) => (tasks ? (seconds / tasks) * 1e6 : seconds));
    const workers = scaled.splice(0, pids.workers.length);
    const [server = 0, client = 0] = scaled.splice(executors.length);
    const unit = tasks ? "µs/task" : "cpu s";
    return {
      [`server ${unit}`]: server,
      [`worker ${unit}`]: average(workers),
      ...(executors.length > 0 && { [`executor ${unit}`]: average(scaled) }),
      [`client ${unit}`]: client,
      "server MB": peakMegabytes(pids.server),
      "worker MB": Math.max(...pids.workers.map(peakMegabytes)),
      "client MB": peakMegabytes(process.pid),
    };
  };
}

/**
 * Submits a graph and waits for all tasks. Then `check` can check results. Measures from the start of the submit to the end of
 * the last task.
 */
export async function runGraph(
  cluster: RainCluster,
  build: () => { submit: Submittable; tasks: number },
  check: (session: Session) => Promise<void>,
): Promise<Sample> {
  // The executors of the previous run.
  const { workers } = await cluster.client.status();
  const executors = workers.flatMap((worker) => worker.executors ?? []).map(({ pid }) => pid);
  await using session = await cluster.client.newSession({ name: "bench" });
  const { submit, tasks } = build();
  const usedSince = countUse(cluster, executors);
  const begin = microseconds();
  await session.submit(submit);
  await session.waitAll();
  const end = microseconds();
  const figures = usedSince(tasks);
  const { total, finished } = (await session.status()).tasks;
  assert.deepEqual({ total, finished }, { total: tasks, finished: tasks });
  await check(session);
  return { seconds: (end - begin) / 1e6, span: [begin, end], amount: tasks, figures };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
