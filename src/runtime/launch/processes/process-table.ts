import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** A process that survives a mix-up of numbers: process ids are given out again, but not with the same start time. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since the start of the machine; 0 where the system does not tell. */
  startTime: number;
}

interface Stat extends ProcessIdentity {
  /** A zombie has ended, but nobody has asked how. */
  zombie: boolean;
  parent: number;
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  const stat = await readStat(pid);
  return { pid, startTime: stat?.startTime ?? 0 };
}

/** Is it this very process that still runs? */
export async function isRunning(process: ProcessIdentity): Promise<boolean> {
  const stat = await readStat(process.pid);
  if (stat !== undefined) return !stat.zombie && stat.startTime === process.startTime;
  return process.startTime === 0 && signal(process.pid, 0);
}

/** Those that still run after at most `seconds`; returns early when none does. */
export async function waitUntilGone(
  processes: readonly ProcessIdentity[],
  seconds: number,
): Promise<ProcessIdentity[]> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const states = await Promise.all(processes.map(isRunning));
    const left = processes.filter((_, index) => states[index]);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(10);
  }
}

/** Sends SIGTERM. */
export async function terminate(process: ProcessIdentity): Promise<void> {
  if (await isRunning(process)) signal(process.pid, "SIGTERM");
}

/** Sends SIGTERM to the process groups that the running ones among these lead. */
export async function terminateGroups(leaders: readonly ProcessIdentity[]): Promise<void> {
  for (const leader of leaders) if (await isRunning(leader)) signal(-leader.pid, "SIGTERM");
}

/** Ends those that still run at once, together with every process that they started. */
export async function killTrees(processes: readonly ProcessIdentity[]): Promise<void> {
  const children = await readChildren();
  for (const process of processes) {
    if (!(await isRunning(process))) continue;
    // The descendants are named before their parent ends: an orphan cannot be told from a stranger.
    for (const pid of [process.pid, ...descendants(process.pid, children)]) signal(pid, "SIGKILL");
  }
}

/** Process ids of children by that of their parent; empty where the system does not tell. */
async function readChildren(): Promise<Map<number, number[]>> {
  const children = new Map<number, number[]>();
  const names = await readdir("/proc").catch(() => []);
  for (const name of names) {
    const stat = /^\d+$/.test(name) ? await readStat(Number(name)) : undefined;
    if (stat === undefined) continue;
    const siblings = children.get(stat.parent);
    if (siblings) siblings.push(stat.pid);
    else children.set(stat.parent, [stat.pid]);
  }
  return children;
}

function descendants(pid: number, children: Map<number, number[]>): number[] {
  return (children.get(pid) ?? []).flatMap((child) => [child, ...descendants(child, children)]);
}

/** What Linux tells of a process, see proc_pid_stat(5); `undefined` when there is none, or no /proc. */
async function readStat(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets and may hold anything; the third is the state.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    zombie: fields[0] === "Z" || fields[0] === "X",
    parent: Number(fields[1]),
    startTime: Number(fields[19]),
  };
}

/** False when there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
