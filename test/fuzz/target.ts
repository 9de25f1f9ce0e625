import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { blob, connect, tasks } from "../../src/runtime/client/index.ts";
import { createRegistry } from "../../src/runtime/plugin/registry.ts";
import { type RunningServer, startServer } from "../../src/runtime/server/index.ts";
import { type RunningWorker, startWorker } from "../../src/runtime/worker/index.ts";
import { builtin } from "../../src/tasks/index.ts";

/** The target: a real server and a real worker in this process, in a directory whose surroundings must not change. */
export interface Target {
  server: RunningServer;
  worker: RunningWorker;
  /** `HOST:PORT` of the worker's data server. */
  dataAddress: string;
  /** An empty directory for the files of entries. */
  scratch: string;
  log: Logger;
  /** Uncaught errors, and internal errors that Rain logged. */
  faults: string[];
  /** @throws Error if there are faults or files outside of the directory, or if an ordinary session fails */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const SESSION_MS = 30_000;
const ERROR_LEVEL = 50;

export async function startTarget(): Promise<Target> {
  const root = await mkdtemp(join(tmpdir(), "rain-fuzz-"));
  const outside = join(root, "outside");
  const dir = join(outside, "inside");
  const faults: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => noteFault(faults, line) });
  const caught = (error: unknown) =>
    faults.push(`not caught: ${error instanceof Error ? error.stack : error}`);
  process.on("uncaughtException", caught).on("unhandledRejection", caught);

  const server = await startServer({ host: "127.0.0.1", port: 0, stateDir: join(dir, "server"), log });
  const worker = await startWorker({
    server: server.address,
    cpus: 2,
    workDir: join(dir, "work"),
    registry: createRegistry([builtin]),
    executors: { script: "" },
    log,
  });
  const scratch = await mkdtemp(join(dir, "scratch-"));
  await writeFile(join(outside, "untouched"), "untouched");
  const client = await connect(server.address);
  const [connected] = (await client.status()).workers;
  await client.close();
  if (!connected) throw new Error("the worker has not connected to the server");

  return {
    server,
    worker,
    dataAddress: connected.address,
    scratch,
    log,
    faults,
    async check() {
      if (faults.length > 0) throw new Error(faults.splice(0).join("\n"));
      const found = [...(await readdir(root)), ...(await readdir(outside))];
      if (found.join() !== "outside,inside,untouched") throw new Error(`files outside: ${found.join(", ")}`);
      await closeSessions(server.address);
      await runOrdinarySession(server.address);
    },
    async stop() {
      await server.stop();
      await worker.closed;
      process.off("uncaughtException", caught).off("unhandledRejection", caught);
      const left = await readdir(join(dir, "work"));
      await rm(root, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`the worker left ${left.join(", ")} behind`);
    },
  };
}

function noteFault(faults: string[], line: string): void {
  const { level, msg, err } = JSON.parse(line) as { level: number; msg: string; err?: { stack: string } };
  if (level >= ERROR_LEVEL) faults.push(`${msg}: ${err?.stack}`);
}

/** Closes sessions that valid inputs have created, because they may have tasks that sleep for a year. */
async function closeSessions(address: string): Promise<void> {
  await using client = await connect(address);
  for (const { session: id } of (await client.status()).sessions) {
    await fetch(`http://${address}/api/v1/sessions/${id}`, { method: "DELETE" });
  }
}

async function runOrdinarySession(address: string): Promise<void> {
  await using client = await connect(address);
  await using session = await client.newSession({ name: "ordinary" });
  const upper = tasks.run(["tr", "a-z", "A-Z"], { stdin: blob("hello, world"), stdout: true });
  const joined = tasks.concat([upper, blob("!")]).keep();
  await session.submit(joined);
  await session.waitAll({ signal: AbortSignal.timeout(SESSION_MS) });
  const text = await joined.output.fetch().text();
  if (text !== "HELLO, WORLD!")
    throw new Error(`the result of an ordinary session was ${JSON.stringify(text)}`);
}
