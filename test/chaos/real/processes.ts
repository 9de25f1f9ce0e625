import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_SECONDS = 30;
const STOP_SECONDS = 20;

/** A process of Rain that the harness starts. */
export class RainProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly #readyFile: string;

  /** @param program the command that runs Rain, such as `["node", "bin/rain.js"]` */
  constructor(name: string, program: readonly string[], args: readonly string[], options: ProcessOptions) {
    this.name = name;
    const { directory, env } = options;
    this.#readyFile = join(directory, `${name}.ready`);
    const output = openSync(join(directory, `${name}.out`), "a");
    const [command = "", ...words] = [...program, ...args, "--ready-file", this.#readyFile];
    this.child = spawn(command, words, { cwd: directory, env, stdio: ["ignore", output, output] });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the process is ready. Returns the content of its ready file. */
  async ready(): Promise<{ address: string }> {
    for (let waited = 0; waited < START_SECONDS; waited += 0.02) {
      if (existsSync(this.#readyFile)) return JSON.parse(readFileSync(this.#readyFile, "utf8"));
      if (!this.runs) throw new Error(`${this.name} ended before it was ready`);
      await sleep(20);
    }
    throw new Error(`${this.name} was not ready within ${START_SECONDS} s`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.runs) this.child.kill(signal);
  }

  /** Stops the process gracefully. Kills it and throws if it does not stop in time. */
  async stop(): Promise<void> {
    if (!this.runs) return;
    const ended = once(this.child, "exit");
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const isOver = await Promise.race([
      ended.then(() => true),
      sleep(STOP_SECONDS * 1000, false, { ref: false }),
    ]);
    if (isOver) return;
    this.signal("SIGKILL");
    await ended;
    throw new Error(`${this.name} did not stop within ${STOP_SECONDS} s`);
  }

  async kill(): Promise<void> {
    if (!this.runs) return;
    const ended = once(this.child, "exit");
    this.signal("SIGKILL");
    await ended;
  }
}

export interface ProcessOptions {
  /** The working directory, and the directory of the output. */
  directory: string;
  env: NodeJS.ProcessEnv;
}

/** All processes with this text in their environment, with the ids of their parents. */
export function processesOf(mark: string): { pid: number; parent: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => read(`/proc/${name}/environ`).includes(mark))
    .map((name) => {
      const stat = read(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      return { pid: Number(name), parent: Number(parent), command, isOver: state === "Z" };
    })
    .filter(({ isOver }) => !isOver);
}

/** The peak resident memory of a process in MiB. */
export function peakMegabytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Reads a file of `/proc`. Returns an empty text if the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
