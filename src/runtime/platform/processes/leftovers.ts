import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { signal } from "./identity.ts";
import { isOfDeadProcess, RUN_VARIABLE } from "./run-marks.ts";

/** Milliseconds from the end of a run to the search for its processes. It is one search for all runs that end meanwhile. */
const DELAY_MS = 50;
/** Share of the time that searches may take. With many processes, searches are less frequent. */
const MAX_SHARE = 0.05;
/** Searches after which it is given up to kill a run whose processes start others. */
const MAX_SEARCHES = 50;

/** The marks of runs that have ended, with the number of searches for each. */
const ended = new Map<string, number>();
let timer: NodeJS.Timeout | undefined;

/**
 * Kills what is left of a run that has ended, soon after. Processes that have cleared their environment, or run as another user, are
 * not found, and none are found without `/proc`.
 */
export function killLeftovers(mark: string): void {
  ended.set(mark, 0);
  schedule(DELAY_MS);
}

/** Kills what is left of the runs of processes, such as workers, that have been killed themselves. */
export function killOrphans(): void {
  for (let i = 0; i < MAX_SEARCHES && killMarked(isOfDeadProcess).size > 0; i++);
}

function schedule(delay: number): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    const before = performance.now();
    const found = killMarked((mark) => endedRun(mark) !== undefined);
    const alive = new Set([...found].map(endedRun));
    for (const [mark, searches] of ended) {
      if (alive.has(mark) && searches < MAX_SEARCHES) ended.set(mark, searches + 1);
      else ended.delete(mark);
    }
    const took = performance.now() - before;
    if (ended.size > 0) schedule(Math.max(DELAY_MS, took / MAX_SHARE));
  }, delay);
  timer.unref();
}

/** The ended run to which a mark belongs. */
function endedRun(mark: string): string | undefined {
  for (let end = mark.length; end > 0; end = mark.lastIndexOf(".", end - 1)) {
    const prefix = mark.slice(0, end);
    if (ended.has(prefix)) return prefix;
  }
  return undefined;
}

/** Kills the processes with such a mark, and returns the marks of those that it could kill. */
function killMarked(isWanted: (mark: string) => boolean): Set<string> {
  const marks = new Set<string>();
  for (const pid of visiblePids()) {
    const mark = markOf(pid);
    if (mark === undefined || !isWanted(mark) || pid === process.pid) continue;
    if (signal(pid, "SIGKILL")) marks.add(mark);
  }
  return marks;
}

/** Empty if `/proc` does not show the processes of this PID namespace. */
function visiblePids(): number[] {
  try {
    if (readlinkSync("/proc/self") !== String(process.pid)) return [];
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}

function markOf(pid: number): string | undefined {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`;
    const start = environment.indexOf(`\0${RUN_VARIABLE}=`);
    if (start < 0) return undefined;
    const value = environment.slice(start + RUN_VARIABLE.length + 2);
    const end = value.indexOf("\0");
    return end < 0 ? value : value.slice(0, end);
  } catch {
    return undefined;
  }
}
