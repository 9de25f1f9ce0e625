import { type ProcessStat, proportionalBytes, readProcesses, residentBytes, treeOf } from "./stat.ts";

const CHECK_INTERVAL_MS = 100;
/** Share of the time that checks may take. With many processes, checks are less frequent. */
const MAX_CHECK_SHARE = 0.05;

/** Kills a process group that uses more memory than it may. */
export class MemoryLimit {
  readonly leader: number;
  /** Bytes. */
  readonly limit: number;
  /** Bytes that the group used when it was killed; `undefined` if it stayed within the limit. */
  exceeded: number | undefined;

  constructor(leader: number, limit: number) {
    this.leader = leader;
    this.limit = limit;
    watched.add(this);
    schedule(CHECK_INTERVAL_MS);
  }

  /** Stops watching a group whose leader has ended. */
  end(): void {
    watched.delete(this);
    if (watched.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }
}

const watched = new Set<MemoryLimit>();
let timer: NodeJS.Timeout | undefined;

function schedule(delay: number): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    const before = performance.now();
    const processes = readProcesses();
    // Without /proc, memory cannot be measured.
    if (processes === undefined) return;
    for (const limit of watched) check(limit, processes);
    const took = performance.now() - before;
    if (watched.size > 0) schedule(Math.max(CHECK_INTERVAL_MS, took / MAX_CHECK_SHARE));
  }, delay);
  timer.unref();
}

function check(limit: MemoryLimit, processes: ReadonlyMap<number, ProcessStat>): void {
  const members = new Set(treeOf(limit.leader, processes));
  for (const [pid, { group }] of processes) if (group === limit.leader) members.add(pid);
  const sum = (bytesOf: (pid: number) => number) => [...members].reduce((all, pid) => all + bytesOf(pid), 0);
  if (sum(residentBytes) <= limit.limit) return;
  // Shared memory counts once.
  const used = sum((pid) => proportionalBytes(pid) ?? residentBytes(pid));
  if (used <= limit.limit) return;
  limit.exceeded = used;
  limit.end();
  try {
    process.kill(-limit.leader, "SIGKILL");
  } catch {
    // The group has ended in the meantime.
    limit.exceeded = undefined;
  }
}
