import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, RainError, type Session, type Task } from "../../../src/index.ts";
import { below, pick, type Random, seeded } from "../random.ts";
import { ChaosCluster } from "./cluster.ts";
import { hasNamespaces, loopback, namespaces } from "./network.ts";
import { type Plan, randomPlan } from "./plan.ts";
import { peakMegabytes, processesOf } from "./processes.ts";
import { TROUBLES } from "./troubles.ts";

export const TROUBLE_NAMES = Object.keys(TROUBLES);
/** The time in which all tasks must finish, despite all failures. */
const DEADLINE_SECONDS = 120;
const MOST_SERVER_MEGABYTES = 400;
const MOST_FETCHES = 50;
/** The time in which the child processes of a killed worker must end. */
const GONE_SECONDS = 10;

export interface RealOptions {
  kinds: readonly string[];
  /** The command line that runs Rain. */
  rain: readonly string[];
  /** The parent of the run's directory, which is kept if a check fails. Default: the directory for temporary files. */
  parent?: string;
  /** Called with a line for each event. */
  tell?: (line: string) => void;
}

/** The kinds of trouble that this machine supports. */
export function possibleKinds(): string[] {
  return TROUBLE_NAMES.filter((kind) => kind !== "cut" || hasNamespaces());
}

/**
 * Runs a random graph on real processes while troubles happen to them. The seed determines everything except the timing.
 * @throws if anything is unfinished, wrong or left over at the end. The error names the directory with all logs.
 */
export async function runReal(seed: number, options: RealOptions): Promise<void> {
  const random = seeded(seed);
  const directory = await mkdtemp(join(options.parent ?? tmpdir(), `rain-chaos-${seed}-`));
  const lines: string[] = [];
  const begin = performance.now();
  const tell = (line: string) => {
    const timed = `${((performance.now() - begin) / 1000).toFixed(2).padStart(6)} s  ${line}`;
    lines.push(timed);
    options.tell?.(timed);
  };
  const problems = await play(random, directory, options, tell).catch((error) => [
    String(error?.stack ?? error),
  ]);
  if (problems.length === 0) {
    await rm(directory, { recursive: true, force: true });
    return;
  }
  for (const problem of problems) tell(problem);
  await writeFile(join(directory, "events.log"), `${lines.join("\n")}\n`);
  throw new Error(`${problems.join("\n")}\n  logs: ${directory}`);
}

/** Runs the scenario. Returns the problems. */
async function play(
  random: Random,
  directory: string,
  { kinds, rain }: RealOptions,
  tell: (line: string) => void,
): Promise<string[]> {
  const mark = `RAIN_CHAOS=${directory}`;
  const temporary = join(directory, "tmp");
  const scratch = join(directory, "scratch");
  await mkdir(temporary);
  await mkdir(scratch);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    RAIN_CHAOS: directory,
    RAIN_HOME: join(directory, "home"),
  };
  env.TMPDIR = temporary;
  // Every other run sends objects over the network, although the workers could share files on one machine.
  if (random() < 0.5) env.RAIN_HOST_ID = "";
  const network = kinds.includes("cut") ? namespaces() : loopback();
  const cluster = new ChaosCluster({ directory, rain, network, env });
  const shared = await readdir("/dev/shm").catch(() => []);
  const problems: string[] = [];
  const over = new AbortController();
  const troubles: Promise<void>[] = [];
  try {
    await cluster.startServer();
    await Promise.all(
      Array.from({ length: 2 + below(random, 2) }, () => cluster.startWorker(1 + below(random, 2))),
    );
    const plan = randomPlan(random, scratch);
    tell(`${plan.tasks} tasks on ${cluster.workers.length} workers`);
    await using client = await connect(cluster.address, { token: cluster.token });
    const session = await client.newSession({ name: "chaos" });
    // A submit fails if the server is killed before it answers, because the client cannot know whether it was accepted.
    for (const part of plan.parts) await session.submit(...part);
    const failed = (error: unknown) => void problems.push(`an event failed: ${error}`);
    const planned = planTroubles({ cluster, random, mark, tell }, kinds, over.signal);
    troubles.push(...planned.map((trouble) => trouble.catch(failed)));
    const compared = compare(session, plan);
    const late = sleep(DEADLINE_SECONDS * 1000, "late", { signal: over.signal }).catch(() => "");
    if ((await Promise.race([compared, late])) === "late") {
      const { tasks, state, blocked } = await session.status();
      throw new Error(`not finished in time: ${JSON.stringify({ state, tasks, blocked })}`);
    }
    problems.push(...((await compared) as string[]));
    tell("finished");
    over.abort();
    await Promise.all(troubles);
    await session.close();
    problems.push(...(await leftInMemory(cluster, async () => (await client.status()).sessions.length)));
  } finally {
    over.abort();
    await Promise.all(troubles);
    problems.push(...(await cluster.stop()));
    problems.push(...(await leftBehind(cluster, mark, temporary, shared)));
    network.remove();
  }
  return problems;
}

/** Starts the troubles at random times, until the run ends. */
function planTroubles(
  context: { cluster: ChaosCluster; random: Random; mark: string; tell: (line: string) => void },
  kinds: readonly string[],
  over: AbortSignal,
): Promise<void>[] {
  const { random } = context;
  return Array.from({ length: 2 + below(random, 5) }, async () => {
    const kind = pick(random, kinds)!;
    const own = { ...context, random: seeded(below(random, 2 ** 31)) };
    const isOver = await sleep(random() * 2500, false, { signal: over }).catch(() => true);
    if (!isOver) await TROUBLES[kind]!(own);
  });
}

/** Waits for all tasks and compares every kept output. */
async function compare(session: Session, { results }: Plan): Promise<string[]> {
  await session.waitAll();
  const wrong: string[] = [];
  for (const { task, name, bytes } of results) {
    const fetched = await fetchBytes(task);
    if (!bytes.equals(fetched)) {
      wrong.push(`${name} gave ${fetched.length} bytes that differ from the ${bytes.length} expected`);
    }
  }
  const { total, finished } = (await session.status()).tasks;
  if (total !== finished) wrong.push(`${finished} of ${total} tasks finished`);
  return wrong;
}

/** Fetches an output. Tries again if the death of the server interrupts the transfer. */
async function fetchBytes(task: Task): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    try {
      return await task.output.fetch().bytes();
    } catch (error) {
      const isBroken = error instanceof RainError && error.code === "SERVER_LOST";
      if (!isBroken || tries === MOST_FETCHES) throw error;
      await sleep(100);
    }
  }
}

async function leftInMemory(cluster: ChaosCluster, sessions: () => Promise<number>): Promise<string[]> {
  const left = await sessions();
  const megabytes = peakMegabytes(cluster.server.pid);
  return [
    ...(left > 0 ? [`${left} sessions are left`] : []),
    ...(megabytes > MOST_SERVER_MEGABYTES ? [`the server took ${megabytes.toFixed(0)} MB`] : []),
  ];
}

async function leftBehind(
  cluster: ChaosCluster,
  mark: string,
  temporary: string,
  shared: readonly string[],
): Promise<string[]> {
  let processes = processesOf(mark);
  for (let waited = 0; processes.length > 0 && waited < GONE_SECONDS; waited += 0.1) {
    await sleep(100);
    processes = processesOf(mark);
  }
  const files = [...(await cluster.leftFiles()), ...(await readdir(temporary))];
  const memory = (await readdir("/dev/shm").catch(() => [])).filter((name) => !shared.includes(name));
  for (const { pid } of processes) process.kill(pid, "SIGKILL");
  return [
    ...processes.map(({ pid, command }) => `process ${pid} is left: ${command}`),
    ...files.map((name) => `file ${name} is left`),
    ...memory.map((name) => `/dev/shm/${name} is left`),
  ];
}
