import { join } from "node:path";
import { execa } from "execa";
import { type Client, connect, type Session, type Submittable } from "../src/index.ts";
import { cpuSeconds, peakMegabytes } from "./process-use.ts";
import type { Sample } from "./sample.ts";

/** Real processes of the built `rain` on a free port, with default settings. */
export interface RainCluster {
  client: Client;
  pids: { server: number; workers: number[] };
  stop(): Promise<void>;
}

export async function startRain(rain: string[], directory: string): Promise<RainCluster> {
  const [program, ...args] = rain;
  const env = { RAIN_HOME: join(directory, "home") };
  const run = (...words: string[]) => execa(program, [...args, ...words], { cwd: directory, env });
  const started = await run("start", "--listen", "0", "--local-workers", "[1,1]", "--json");
  const { address } = JSON.parse(started.stdout) as { address: string };
  const client = await connect(address);
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
 * Submits a graph and waits for all of it; then `check` may look at results. Counts from the first `submit` to the last
 * result known. The figures are cpu microseconds per task, and peak memory in MB, of each process.
 */
export async function runGraph(
  cluster: RainCluster,
  build: () => { submit: Submittable; tasks: number },
  check: (session: Session) => Promise<void>,
): Promise<Sample> {
  const { client, pids } = cluster;
  // Those that there are from the run before.
  const executors = (await client.status()).workers.flatMap((worker) => worker.executors ?? []);
  const all = [pids.server, ...executors.map(({ pid }) => pid), ...pids.workers, process.pid];
  await using session = await client.newSession({ name: "bench" });
  const { submit, tasks } = build();
  const before = all.map(cpuSeconds);
  const start = performance.now();
  await session.submit(submit);
  await session.waitAll();
  const seconds = (performance.now() - start) / 1000;
  const [server, ...others] = all.map((pid, i) => ((cpuSeconds(pid) - before[i]) / tasks) * 1e6);
  const own = others.pop() ?? 0;
  const inExecutors = others.splice(0, executors.length);
  await check(session);
  return {
    seconds,
    amount: tasks,
    figures: {
      "server µs/task": server,
      "worker µs/task": average(others),
      ...(executors.length > 0 && { "executor µs/task": average(inExecutors) }),
      "client µs/task": own,
      "server MB": peakMegabytes(pids.server),
      "worker MB": Math.max(...pids.workers.map(peakMegabytes)),
      "client MB": peakMegabytes(process.pid),
    },
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
