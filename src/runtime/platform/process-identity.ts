import { systemCode } from "../errors.ts";
import { readStat } from "./processes.ts";

/** A process that survives a mix-up of numbers: process ids are given out again, but not with the same start time. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since the start of the machine; 0 where the system does not tell. */
  startTime: number;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readStat(pid)?.startTime ?? 0 };
}

/** Whether this very process still runs. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat !== undefined) return !stat.isZombie && stat.startTime === startTime;
  return startTime === 0 && signal(pid, 0);
}

/** Sends a signal. False when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
