import { readProcesses, residentBytes, treeOf } from "../../platform/processes.ts";

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
