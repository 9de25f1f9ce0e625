import { setTimeout as sleep } from "node:timers/promises";
import { below, pick, type Random } from "../random.ts";
import type { ChaosCluster, ChaosWorker } from "./cluster.ts";
import { processesOf } from "./processes.ts";

/** The context of a trouble. */
export interface TroubleContext {
  cluster: ChaosCluster;
  random: Random;
  /** A text in the environment of all processes of this run. */
  mark: string;
  tell: (line: string) => void;
}

/** Causes a trouble in a cluster and waits until it is over. */
type Trouble = (context: TroubleContext) => Promise<void>;

/** The maximum number of lost workers in one run. Five losses would fail a task that was assigned each time. */
const MOST_LOSSES = 4;
/** A pause after which the server does not yet give up a silent worker. */
const SHORT_SECONDS = 2;
const LONG_SECONDS = 20;

const losses = new WeakMap<ChaosCluster, number>();
const restarting = new WeakSet<ChaosCluster>();
const troubled = new WeakSet<ChaosWorker>();

/** Applies an action to a random worker without trouble, unless too many workers have been lost. */
async function toWorker(
  context: TroubleContext,
  mayLose: boolean,
  act: (worker: ChaosWorker) => Promise<void>,
): Promise<void> {
  const { cluster, random } = context;
  const count = losses.get(cluster) ?? 0;
  const worker = pick(
    random,
    cluster.workers.filter((one) => one.process.runs && !troubled.has(one)),
  );
  if (worker === undefined || (mayLose && count >= MOST_LOSSES)) return;
  if (mayLose) losses.set(cluster, count + 1);
  troubled.add(worker);
  await act(worker);
  troubled.delete(worker);
}

/** What the reaper runs to remove the directory of a worker that was killed. Nobody would do it again. */
const CLEANING = "rm -rf -- ";

/** A random pause. It is rarely so long that the server gives up the worker. */
const pauseOf = (random: Random) => (random() < 0.15 ? LONG_SECONDS : 0.1) + random() * SHORT_SECONDS;

export const TROUBLES: Record<string, Trouble> = {
  kill: (context) =>
    toWorker(context, true, async ({ process, cpus, place }) => {
      const { cluster, random, tell } = context;
      tell(`kill ${process.name}`);
      await process.kill();
      const others = cluster.workers.some((worker) => worker.process.runs && !troubled.has(worker));
      if (others && random() < 0.5) return;
      await sleep(1000 * random());
      tell(`start a worker in place of ${process.name}`);
      await cluster.startWorker(cpus, place);
    }),
  freeze: (context) => {
    const seconds = pauseOf(context.random);
    return toWorker(context, seconds > SHORT_SECONDS + 0.1, async ({ process }) => {
      context.tell(`freeze ${process.name} for ${seconds.toFixed(1)} s`);
      process.signal("SIGSTOP");
      await sleep(seconds * 1000);
      process.signal("SIGCONT");
      context.tell(`${process.name} continues`);
    });
  },
  cut: (context) => {
    const seconds = pauseOf(context.random);
    return toWorker(context, seconds > SHORT_SECONDS + 0.1, async ({ process, place }) => {
      context.tell(`cut ${process.name} off for ${seconds.toFixed(1)} s`);
      place.cut?.();
      await sleep(seconds * 1000);
      place.mend?.();
      context.tell(`${process.name} is connected again`);
    });
  },
  join: async ({ cluster, random, tell }) => {
    tell("another worker joins");
    await cluster.startWorker(1 + below(random, 2));
  },
  stop: (context) =>
    toWorker(context, true, async ({ process, cpus }) => {
      context.tell(`stop ${process.name}`);
      await process.stop();
      await context.cluster.startWorker(cpus);
    }),
  /** Kills a program of a task, or a process that runs executors or programs for a worker. */
  program: async ({ cluster, random, mark, tell }) => {
    const own = cluster.pids;
    const victim = pick(
      random,
      processesOf(mark).filter(({ pid, command }) => !own.has(pid) && !command.startsWith(CLEANING)),
    );
    if (victim === undefined) return;
    tell(`kill ${victim.pid}: ${victim.command.slice(0, 100)}`);
    try {
      process.kill(victim.pid, "SIGKILL");
    } catch {
      tell("it had ended already");
    }
  },
  /** Kills the server and restarts it on its journal. */
  restart: async ({ cluster, random, tell }) => {
    if (restarting.has(cluster)) return;
    restarting.add(cluster);
    tell("kill the server");
    await cluster.server.kill();
    await sleep(1000 * random());
    await cluster.startServer();
    restarting.delete(cluster);
    tell("the server is ready again");
  },
};
