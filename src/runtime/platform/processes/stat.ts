/* Processes of this machine: who they are, what they use, and how none outlives Rain. */

import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second in `/proc`. The value is fixed on Linux, regardless of the kernel's timer. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  /** Whether the process has ended, but its parent has not read its exit status. */
  isZombie: boolean;
  parent: number;
  /** The process group: the pid of its leader. */
  group: number;
  /** CPU time of the process and of its ended children. */
  cpuSeconds: number;
  /** Clock ticks from the start of the machine to the start of the process. */
  startTime: number;
}

/** All processes of this machine, or `undefined` without `/proc`. */
export function readProcesses(): Map<number, ProcessStat> | undefined {
  const processes = new Map<number, ProcessStat>();
  try {
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const stat = pid > 0 ? readStat(pid) : undefined;
      if (stat) processes.set(pid, stat);
    }
  } catch {
    return undefined;
  }
  return processes.has(process.pid) ? processes : undefined;
}

/** One process; `undefined` if it does not exist, or without `/proc`. */
export function readStat(pid: number): ProcessStat | undefined {
  return parseStat(readOrEmpty(`/proc/${pid}/stat`));
}

/** Fields 3 to 5, 14 to 17 and 22 of proc_pid_stat(5). Field 2, the name, is in brackets and may contain any character. */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const parent = Number(fields[1]);
  const group = Number(fields[2]);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const startTime = Number(fields[19]);
  if (fields.length < 20 || Number.isNaN(parent + ticks + startTime)) return undefined;
  const isZombie = fields[0] === "Z" || fields[0] === "X";
  return { isZombie, parent, group, cpuSeconds: ticks / TICKS_PER_SECOND, startTime };
}

/** A process and its descendants, except for those whose parent has ended. */
export function treeOf(root: number, processes: ReadonlyMap<number, ProcessStat>): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of processes) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Resident bytes of a process, shared memory included. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

/** Bytes of a process, with its part of the shared memory; `undefined` if the system does not report them. */
export function proportionalBytes(pid: number): number | undefined {
  const match = /^Pss:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`));
  return match ? Number(match[1]) * 1024 : undefined;
}

/** Returns an empty text if the process has ended in the meantime. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
