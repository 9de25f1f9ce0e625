import { type ProcessStat, proportionalBytes, readProcesses, residentBytes, treeOf } from "./processes.ts";

const EVERY_MS = 100;
/** At most this share of the time goes into looking: where there are many processes it is done less often. */
const MAX_CHECK_SHARE = 0.05;

/** A process group that is killed when it takes more than it may. */
export class MemoryLimit {
  readonly leader: number;
  /** Bytes. */
  readonly limit: number;
  /** Bytes that it had when it was killed for them. */
  exceeded: number | undefined;

  constructor(leader: number, limit: number) {
    this.leader = leader;
    this.limit = limit;
    watched.add(this);
    schedule(EVERY_MS);
  }

  /** The leader has ended. */
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
    // Without /proc there is nothing to go by.
    if (processes === undefined) return;
    for (const limit of watched) check(limit, processes);
    const took = performance.now() - before;
    if (watched.size > 0) schedule(Math.max(EVERY_MS, took / MAX_CHECK_SHARE));
  }, delay);
  timer.unref();
}

function check(limit: MemoryLimit, processes: ReadonlyMap<number, ProcessStat>): void {
  const members = new Set(treeOf(limit.leader, processes));
  for (const [pid, { group }] of processes) if (group === limit.leader) members.add(pid);
  const sum = (bytesOf: (pid: number) => number) => [...members].reduce((all, pid) => all + bytesOf(pid), 0);
  if (sum(residentBytes) <= limit.limit) return;
  // What processes share counts once.
  const used = sum((pid) => proportionalBytes(pid) ?? residentBytes(pid));
  if (used <= limit.limit) return;
  limit.exceeded = used;
  limit.end();
  try {
    process.kill(-limit.leader, "SIGKILL");
  } catch {
    // It has ended meanwhile.
    limit.exceeded = undefined;
  }
}
