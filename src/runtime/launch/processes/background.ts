import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RainError } from "../../errors.ts";
import { identify, type ProcessIdentity } from "../../platform/processes/identity.ts";
import { type Readiness, readReadyFile } from "./ready-file.ts";

const READY_SECONDS = 30;
const LOG_TAIL_LINES = 15;

/** A server or worker running in the background. */
export interface BackgroundProcess extends ProcessIdentity {
  /** For messages: `the server`, `worker 2`. */
  title: string;
  logFile: string;
  readyFile: string;
  /** Settles with how the process ended. */
  exit: Promise<string>;
}

export interface BackgroundOptions {
  title: string;
  /** Program and arguments. */
  command: readonly string[];
  directory: string;
  logFile: string;
  readyFile: string;
}

/**
 * The program and first arguments that run the Rain of the package in the folder `root`, on the runtime of
 * this process.
 */
export function rainProgram(root: string): string[] {
  const script = join(root, "bin", "rain.js");
  return "Deno" in globalThis ? [process.execPath, "run", "-A", script] : [process.execPath, script];
}

/**
 * Starts a process in a session of its own, so that it outlives this process and its terminal. Its output
 * goes to the log file.
 * @throws START_FAILED if the program cannot be run
 */
export async function startBackground(options: BackgroundOptions): Promise<BackgroundProcess> {
  const { title, command, directory, logFile, readyFile } = options;
  const [program, ...args] = [...command, "--ready-file", readyFile];
  const log = openSync(logFile, "a", 0o600);
  // The process gets the token in a file, since tasks inherit its environment.
  const { RAIN_TOKEN: _, ...env } = process.env;
  try {
    // Not by execa: its types allow no descriptor as the output, and other outputs end with this process.
    const stdio = ["ignore" as const, log, log];
    const child = spawn(program, args, { cwd: directory, env, detached: true, stdio });
    const exit = howItEnded(child);
    if (child.pid === undefined) {
      throw new RainError("START_FAILED", `cannot run ${program}: ${await exit}`);
    }
    child.unref();
    return { ...identify(child.pid), title, logFile, readyFile, exit };
  } finally {
    closeSync(log);
  }
}

function howItEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

/**
 * @throws START_FAILED with the end of the log if the process ends first or takes too long; the reason of
 * `signal`
 */
export async function untilReady(started: BackgroundProcess, signal: AbortSignal): Promise<Readiness> {
  let ended: string | undefined;
  started.exit.then((how) => {
    ended = how;
  });
  const deadline = performance.now() + READY_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const readiness = await readReadyFile(started.readyFile);
    if (readiness !== undefined) return readiness;
    if (ended !== undefined) throw await startFailed(started, `ended with ${ended} before it was ready`);
    if (performance.now() > deadline)
      throw await startFailed(started, `was not ready after ${READY_SECONDS} s`);
    await delay(10);
  }
}

async function startFailed({ title, logFile }: BackgroundProcess, what: string): Promise<RainError> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  const tail = log.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  const message = tail === "" ? `${title} ${what}` : `${title} ${what}. The end of its log:\n${tail}`;
  return new RainError("START_FAILED", message, {
    hint: `The full log is in ${logFile}.`,
    details: { logFile },
  });
}
