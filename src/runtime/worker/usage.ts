import { readdirSync, readFileSync } from "node:fs";

/** Of a process and everything that it started. */
export interface ProcessUsage {
  /** Seconds of processor time so far. It may go down a little when a process ends whose parent does not wait for it. */
  cpuSeconds: number;
  /** Resident bytes. */
  memory: number;
}

/** Of this process and everything that it started. */
export interface Usage {
  /** Seconds of processor time so far. It may go down a little when a process ends whose parent does not wait for it. */
  cpuSeconds: number;
  /** Resident bytes of this process. */
  memory: number;
  /** Resident bytes of its descendants. */
  programMemory: number;
  /** Some of the descendants by pid, each with its own. Empty where there is no `/proc`. */
  programs: ReadonlyMap<number, ProcessUsage>;
}

/** The unit of times in `/proc`: fixed on Linux, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  parent: number;
  /** Its own processor time and that of its ended children. */
  cpuSeconds: number;
}

/** @param pids of descendants that are to be measured by themselves, too */
export function measureUsage(pids: readonly number[] = []): Usage {
  const memory = process.memoryUsage.rss();
  const processes = readProcesses();
  if (!processes) {
    const { user, system } = process.cpuUsage();
    return { cpuSeconds: (user + system) / 1e6, memory, programMemory: 0, programs: new Map() };
  }
  const residents = new Map<number, number>();
  for (const pid of treeOf(process.pid, processes)) {
    residents.set(pid, pid === process.pid ? 0 : residentBytes(pid));
  }
  const usageOf = (root: number): ProcessUsage => {
    const usage = { cpuSeconds: 0, memory: 0 };
    for (const pid of treeOf(root, processes)) {
      usage.cpuSeconds += processes.get(pid)?.cpuSeconds ?? 0;
      usage.memory += residents.get(pid) ?? 0;
    }
    return usage;
  };
  const { cpuSeconds, memory: programMemory } = usageOf(process.pid);
  const programs = new Map(pids.map((pid) => [pid, usageOf(pid)]));
  return { cpuSeconds, memory, programMemory, programs };
}

/** All processes of this machine, or `undefined` where there is no `/proc`. */
function readProcesses(): Map<number, ProcessStat> | undefined {
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

/** Fields 4 and 14 to 17 of proc_pid_stat(5). Field 2, the name, is in brackets and may hold anything. */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const parent = Number(fields[1]);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  if (fields.length < 15 || Number.isNaN(parent + ticks)) return undefined;
  return { parent, cpuSeconds: ticks / TICKS_PER_SECOND };
}

function treeOf(root: number, processes: ReadonlyMap<number, ProcessStat>): number[] {
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

function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

/** A process may end while it is looked at. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
