import { setTimeout as delay } from "node:timers/promises";
import { isRunning, type ProcessIdentity, signal } from "../../platform/processes/identity.ts";
import { readProcesses, treeOf } from "../../platform/processes/stat.ts";

/** Waits until none of the processes runs, for at most `seconds`. Returns the processes that still run. */
export async function waitUntilGone(
  processes: readonly ProcessIdentity[],
  seconds: number,
): Promise<ProcessIdentity[]> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const left = processes.filter(isRunning);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(10);
  }
}

/** Sends SIGTERM. */
export function terminate(process: ProcessIdentity): void {
  if (isRunning(process)) signal(process.pid, "SIGTERM");
}

/** Sends SIGTERM to the process groups of those leaders that still run. */
export function terminateGroups(leaders: readonly ProcessIdentity[]): void {
  for (const leader of leaders) if (isRunning(leader)) signal(-leader.pid, "SIGTERM");
}

/** Kills the processes that still run, with all their descendants. */
export function killTrees(processes: readonly ProcessIdentity[]): void {
  // Lists the descendants before a parent ends: afterwards orphans cannot be recognized.
  const all = readProcesses() ?? new Map();
  for (const process of processes) {
    if (!isRunning(process)) continue;
    for (const pid of treeOf(process.pid, all)) signal(pid, "SIGKILL");
  }
}
