import { readProcesses, residentBytes, treeOf } from "../../platform/processes/stat.ts";

/** Resource usage of a process and its descendants. */
export interface ProcessUsage {
  /** CPU seconds so far. They may decrease slightly when a process ends whose parent does not wait for it. */
  cpuSeconds: number;
  /** Resident bytes. */
  memory: number;
}

/** Resource usage of this process and its descendants. */
export interface Usage {
  /** CPU seconds so far. They may decrease slightly when a process ends whose parent does not wait for it. */
  cpuSeconds: number;
  /** Resident bytes of this process. */
  memory: number;
  /** Resident bytes of its descendants. */
  programMemory: number;
  /** Usage of some descendants, by pid. Empty without `/proc`. */
  programs: ReadonlyMap<number, ProcessUsage>;
}

/** @param pids of descendants to measure separately as well */
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
