import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { identify, type ProcessIdentity, signal } from "../../../platform/processes/identity.ts";
import { readStat } from "../../../platform/processes/stat.ts";

/** The namespace of process ids that a Linux machine starts with; those of containers differ. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** The process that has a lock. Facts that the system does not tell are empty. */
export interface LockOwner extends ProcessIdentity {
  /** Differs for each lock. */
  id: string;
  host: string;
  machine: string;
  /** Identifies the time since the start of the machine. */
  boot: string;
  /** The namespace in which the process id is valid. */
  namespace: string;
}

/** This process, as the owner of a new lock. */
export function newOwner(): LockOwner {
  return {
    id: randomUUID(),
    ...identify(process.pid),
    host: hostname(),
    machine: factOf(() => readFileSync("/etc/machine-id", "utf8")),
    boot: factOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
    namespace: factOf(() => readlinkSync("/proc/self/ns/pid")),
  };
}

/** Returns `undefined` for any other text. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the owner still runs. `unknown` if this process cannot see it, as on another machine. */
export function stateOf(owner: LockOwner, here: LockOwner): "running" | "ended" | "unknown" {
  const isVisible =
    owner.boot === here.boot &&
    owner.namespace === here.namespace &&
    (here.boot !== "" || owner.host === here.host);
  if (isVisible) return stateOfProcess(owner);
  const isSameMachine = owner.machine === here.machine && here.machine !== "" && owner.host === here.host;
  const areOutsideContainers = owner.namespace === FIRST_NAMESPACE && here.namespace === FIRST_NAMESPACE;
  return isSameMachine && areOutsideContainers && owner.boot !== here.boot ? "ended" : "unknown";
}

function stateOfProcess({ pid, startTime }: ProcessIdentity): "running" | "ended" | "unknown" {
  const stat = readStat(pid);
  if (stat && startTime > 0) return !stat.isZombie && stat.startTime === startTime ? "running" : "ended";
  // Without the start time, it may be another process with the same id.
  return signal(pid, 0) ? "unknown" : "ended";
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== "object" || value === null) return false;
  const { pid, startTime, ...texts } = value as Record<keyof LockOwner, unknown>;
  const { id, host, machine, boot, namespace } = texts;
  return (
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof startTime === "number" &&
    [id, host, machine, boot, namespace].every((text) => typeof text === "string")
  );
}

function factOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}
