import { spawn } from "node:child_process";
import { closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { readTail } from "../../runtime/platform/files/output-tail.ts";
import { killLeftovers } from "../../runtime/platform/processes/leftovers.ts";
import { MemoryLimit } from "../../runtime/platform/processes/memory-limit.ts";
import { unwatchGroup, watchGroup } from "../../runtime/platform/processes/reaper.ts";
import { newMark, RUN_VARIABLE } from "../../runtime/platform/processes/run-marks.ts";
import type { Ended, Program } from "./program.ts";

/**
 * Runs a program as `runProgram` does, as a child of this process. `runProgram` falls back on it where the launcher cannot run.
 * @throws the system error if the program cannot be started
 */
export async function runSpawned(program: Program, abort: AbortSignal): Promise<Ended> {
  const open: number[] = [];
  const opened = (path: string, flags: "r" | "w+" | "wx+") => {
    const descriptor = openSync(path, flags);
    open.push(descriptor);
    return descriptor;
  };
  const printedTo = (path: string | undefined) => {
    if (path !== undefined) return opened(path, "w+");
    const nameless = join(program.scratch, ".printed");
    const descriptor = opened(nameless, "wx+");
    unlinkSync(nameless);
    return descriptor;
  };
  try {
    const stdin = program.stdin === undefined ? "ignore" : opened(program.stdin, "r");
    const stdout = printedTo(program.stdout);
    const stderr = printedTo(program.stderr);
    const end = await runInGroup(program, [stdin, stdout, stderr], abort);
    return { ...end, stdout: readTail(stdout), stderr: readTail(stderr) };
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

type Stdio = ["ignore" | number, number, number];

function runInGroup(
  { command, args, cwd, memory, graceMs, variables }: Program,
  stdio: Stdio,
  abort: AbortSignal,
): Promise<Pick<Ended, "exit" | "exceeded">> {
  return new Promise((resolve, reject) => {
    const mark = newMark();
    const env = { ...process.env, ...variables, [RUN_VARIABLE]: mark };
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    if (child.pid !== undefined) watchGroup(child.pid);
    const limit = child.pid && memory ? new MemoryLimit(child.pid, memory) : undefined;
    let kill: NodeJS.Timeout | undefined;
    const terminate = () => {
      signalGroup(child.pid, "SIGTERM");
      kill = setTimeout(signalGroup, graceMs, child.pid, "SIGKILL");
    };
    const settle = () => {
      clearTimeout(kill);
      limit?.end();
      abort.removeEventListener("abort", terminate);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      settle();
      signalGroup(child.pid, "SIGKILL");
      if (child.pid !== undefined) unwatchGroup(child.pid);
      killLeftovers(mark);
      resolve({ exit: { code, signal }, exceeded: limit?.exceeded });
    });
    if (abort.aborted) terminate();
    else abort.addEventListener("abort", terminate);
  });
}

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // No process of the group is left that this process may signal.
  }
}
