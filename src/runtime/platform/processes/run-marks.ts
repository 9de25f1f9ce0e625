import { readlinkSync } from "node:fs";
import { identify, isRunning } from "./identity.ts";

/**
 * The environment variable with the mark of a run. Everything that a run starts inherits it, unless it clears its environment, so that
 * processes that have left their process group are found as well.
 */
export const RUN_VARIABLE = "RAIN_RUN";

let owner: string | undefined;
let runs = 0;

/** The first part of the marks that this process makes: its PID namespace, its id and its start time. */
export function ownMark(): string {
  owner ??= `${pidNamespace()}-${process.pid}-${identify(process.pid).startTime}`;
  return owner;
}

/** A mark for what is started next. Marks that begin with it and a dot belong to it, too. */
export function newMark(): string {
  return `${ownMark()}.${++runs}`;
}

/** Whether a mark belongs to a process of this PID namespace that no longer exists. */
export function isOfDeadProcess(mark: string): boolean {
  const [namespace, pid, startTime] = (mark.split(".")[0] ?? "").split("-").map(Number);
  if (!pid || !startTime || namespace !== pidNamespace()) return false;
  return !isRunning({ pid, startTime });
}

/** 0 if it is unknown. */
function pidNamespace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? 0);
  } catch {
    return 0;
  }
}
