import { readdirSync, readFileSync } from "node:fs";

/** The unit of times in `/proc`: fixed on Linux, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  parent: number;
  /** Of processes, by the pid of its leader. */
  group: number;
  /** Its own processor time and that of its ended children. */
  cpuSeconds: number;
}

/** All processes of this machine, or `undefined` where there is no `/proc`. */
export function readProcesses(): Map<number, ProcessStat> | undefined {
  const processes = new Map<number, ProcessStat>();
  try {
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const stat = pid > 0 ? parseStat(readOrEmpty(`/proc/${pid}/stat`)) : undefined;
      if (stat) processes.set(pid, stat);
    }
  } catch {
    return undefined;
  }
  return processes.has(process.pid) ? processes : undefined;
}

/** Fields 4, 5 and 14 to 17 of proc_pid_stat(5). Field 2, the name, is in brackets and may hold anything. */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const parent = Number(fields[1]);
  const group = Number(fields[2]);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  if (fields.length < 15 || Number.isNaN(parent + ticks)) return undefined;
  return { parent, group, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** A process and all that it started, as far as that has not lost its parent. */
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

/** Bytes of memory that it has to itself or shares with others. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

/** Bytes of memory that it has to itself, and its part of what it shares; `undefined` where there is no telling. */
export function proportionalBytes(pid: number): number | undefined {
  const match = /^Pss:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`));
  return match ? Number(match[1]) * 1024 : undefined;
}

/** A process may end while it is looked at. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
