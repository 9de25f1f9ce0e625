import { errnoOf } from "../errno.ts";
import { readStat } from "./stat.ts";

/** Identifies a process even if the system reuses its id: the start time then differs. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since the start of the machine; 0 if it is unknown. */
  startTime: number;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readStat(pid)?.startTime ?? 0 };
}

/** Whether this process still runs, and not another one with the same id. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat !== undefined) return !stat.isZombie && stat.startTime === startTime;
  return startTime === 0 && signal(pid, 0);
}

/** Sends a signal. Returns whether the process exists. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
