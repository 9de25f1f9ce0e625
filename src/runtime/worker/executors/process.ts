import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, RainError } from "../../errors.ts";
import { tailOf } from "../../executor/calls/printed.ts";
import { STDERR_FILE, STDOUT_FILE } from "../../executor/files.ts";
import { CRASH_TAIL_BYTES } from "../../platform/files/output-tail.ts";
import { ControlGroup } from "../../platform/processes/control-group.ts";
import { killLeftovers } from "../../platform/processes/leftovers.ts";
import { unwatchGroup, watchGroup } from "../../platform/processes/reaper.ts";
import { newMark, RUN_VARIABLE } from "../../platform/processes/run-marks.ts";

/** Milliseconds that a process may take to end when asked, before it is killed. */
const GRACE_MS = 2000;
/** Memory that a runtime takes beyond its tasks. Deno reserves 560 MB before it does anything. */
const OWN_MEMORY = 640 << 20;

/** `ulimit -d` counts all memory that the process can write to. */
const LIMIT_MEMORY: CommandLine = ["/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"'];

/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

export interface LaunchOptions {
  /** Name for messages, such as `plugin arrow@1.0.0`. */
  name: string;
  command: CommandLine;
  /** Working directory, where the files of stdout and stderr are written. */
  dir: string;
  /** Environment variables in addition to those of this process. */
  env?: Readonly<Record<string, string>>;
  /** Bytes that the tasks may use. Absent: no limit. */
  memory?: number | undefined;
}

export interface Ending {
  code: number | null;
  signal: string | null;
}

/** A process that leads a process group. What it starts outlives neither it nor the worker. */
export class LaunchedProcess {
  readonly pid: number;
  /** Never rejects. */
  readonly exited: Promise<Ending>;
  readonly #dir: string;
  #ended = false;

  constructor(child: ChildProcess & { pid: number }, dir: string, mark: string) {
    this.pid = child.pid;
    this.#dir = dir;
    watchGroup(child.pid);
    const group = ControlGroup.of(child.pid);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#ended = true;
        signalGroup(this.pid);
        unwatchGroup(this.pid);
        group?.end();
        killLeftovers(mark);
        resolve({ code, signal });
      });
    });
  }

  /** Kills the whole group. */
  kill(): void {
    if (!this.#ended) signalGroup(this.pid);
  }

  /** Waits for the end of a process that was asked to end, and kills it when that takes too long. */
  async ended(): Promise<void> {
    const done = new AbortController();
    const late = sleep(GRACE_MS, undefined, { signal: done.signal }).then(
      () => this.kill(),
      () => {},
    );
    await this.exited;
    done.abort();
    await late;
  }

  /** The last `CRASH_TAIL_BYTES` of stderr, or of stdout when stderr is empty, from these positions on. */
  tail(from: { stdout: number; stderr: number } = { stdout: 0, stderr: 0 }): string {
    const end = (file: string, start: number) =>
      tailOf(join(this.#dir, file), start, CRASH_TAIL_BYTES).trim();
    return end(STDERR_FILE, from.stderr) || end(STDOUT_FILE, from.stdout);
  }
}

/** Starts a process. @throws RainError EXECUTOR_FAILED when it cannot be run at all */
export async function launch(options: LaunchOptions): Promise<LaunchedProcess> {
  const { name, dir, memory } = options;
  const [program, ...args] = memory === undefined ? options.command : limited(options.command, memory);
  const mark = newMark();
  const open: number[] = [];
  const opened = (file: string) => {
    const descriptor = openSync(join(dir, file), "a");
    open.push(descriptor);
    return descriptor;
  };
  try {
    const child = spawn(program, args, {
      cwd: dir,
      env: { ...process.env, ...options.env, [RUN_VARIABLE]: mark },
      stdio: ["ignore", opened(STDOUT_FILE), opened(STDERR_FILE)],
      detached: true,
    });
    if (hasPid(child)) return new LaunchedProcess(child, dir, mark);
    const reason = await new Promise<Error>((resolve) => child.once("error", resolve));
    throw reason;
  } catch (error) {
    throw new RainError(
      "EXECUTOR_FAILED",
      `executor ${name} cannot be started: ${program}: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

function limited(command: CommandLine, memory: number): CommandLine {
  return [...LIMIT_MEMORY, String(Math.ceil((memory + OWN_MEMORY) / 1024)), ...command];
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}

function signalGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // No process of the group is left.
  }
}
