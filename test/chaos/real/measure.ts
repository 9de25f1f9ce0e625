import { setTimeout as sleep } from "node:timers/promises";
import { blob, type Client, type Session, tasks } from "../../../src/index.ts";
import type { ChaosCluster } from "./cluster.ts";
import { loseLarge } from "./large-loss.ts";
import { withCluster } from "./with-cluster.ts";

const TASKS = 2000;
const SECONDS = 0.01;
/** The maximum of the lost time, as a multiple of the work that the lost worker had left. */
const LIMIT = 1.2;
/** The maximum share of the finished tasks that run again after a restart of the server. */
const MOST_AGAIN = 0.05;

const LARGE_MEGABYTES = 128;

/** The failure of the first of two workers, or of the server, half-way through the run. */
type Blow = "kill" | "freeze" | "restart";

interface Run {
  seconds: number;
  /** The number of tasks that had finished before the failure. */
  before: number;
  /** The number of tasks that finished more than once. */
  again: number;
}

/**
 * Runs 2,000 tasks of 10 ms on two workers with one CPU each, without a failure and with one half-way. Prints the cost of the
 * failure and returns whether it is within the limits.
 * @throws if a result is wrong
 */
export async function measureBlows(rain: readonly string[]): Promise<boolean> {
  const calm = await run(rain, undefined);
  console.log(`undisturbed: ${calm.seconds.toFixed(2)} s`);
  let isWithin = true;
  for (const blow of ["kill", "freeze"] as const) {
    const { seconds, before, again } = await run(rain, blow);
    const left = ((TASKS - before) / TASKS) * calm.seconds;
    const lost = seconds - calm.seconds;
    isWithin &&= lost / left <= LIMIT;
    console.log(
      `${blow} a worker after ${before}: ${seconds.toFixed(2)} s, ${again} ran again; lost ${lost.toFixed(2)} s = ` +
        `${(lost / left).toFixed(2)} × the ${left.toFixed(2)} s of work that the worker had left (limit ${LIMIT})`,
    );
  }
  const { seconds, before, again } = await run(rain, "restart");
  const share = again / before;
  isWithin &&= share < MOST_AGAIN;
  console.log(
    `restart the server after ${before}: ${seconds.toFixed(2)} s; ${again} finished tasks ran again = ` +
      `${(share * 100).toFixed(1)} % (limit ${MOST_AGAIN * 100} %)`,
  );
  const large = await loseLarge(rain, LARGE_MEGABYTES);
  const fate = large.wasMadeAgain ? "was made again" : "had been fetched in time";
  console.log(
    `kill the holder of ${LARGE_MEGABYTES} MiB: it ${fate}, right bytes, ${large.seconds.toFixed(2)} s`,
  );
  return isWithin;
}

function run(rain: readonly string[], blow: Blow | undefined): Promise<Run> {
  return withCluster(rain, async (cluster, client) => {
    await cluster.startWorker(1);
    await cluster.startWorker(1);
    await using session = await client.newSession({ name: "measure" });
    const parts = Array.from({ length: TASKS }, (_, i) => tasks.sleep(blob(`${i} `), SECONDS).keep());
    const begin = performance.now();
    await session.submit(...parts);
    const all = session.waitAll();
    const before = blow === undefined ? 0 : await strike(cluster, session, blow);
    await all;
    const seconds = (performance.now() - begin) / 1000;
    for (const [i, part] of parts.entries()) {
      const text = await part.output.fetch().text();
      if (text !== `${i} `) throw new Error(`task ${i} gave "${text}"`);
    }
    return { seconds, before, again: await countRepeated(client, session.id) };
  });
}

/** Causes the failure. Returns the number of tasks that had finished. */
async function strike(cluster: ChaosCluster, session: Session, blow: Blow): Promise<number> {
  let finished = 0;
  while (finished < TASKS / 2) {
    await sleep(5);
    finished = (await session.status()).tasks.finished;
  }
  if (blow === "restart") {
    await cluster.server.kill();
    await cluster.startServer();
  } else {
    cluster.workers[0]!.process.signal(blow === "kill" ? "SIGKILL" : "SIGSTOP");
  }
  return finished;
}

/** Counts the tasks of a session that finished more than once. */
async function countRepeated(client: Client, session: number): Promise<number> {
  const ends = new Map<number, number>();
  for await (const { event, task } of client.logs({ session })) {
    if (task === undefined || (event !== "finished" && event !== "found")) continue;
    ends.set(task, (ends.get(task) ?? 0) + 1);
  }
  return [...ends.values()].filter((count) => count > 1).length;
}
