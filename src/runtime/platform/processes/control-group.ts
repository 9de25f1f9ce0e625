import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchControlGroup } from "./reaper.ts";
import { isOfDeadProcess, ownMark } from "./run-marks.ts";

/** The name of a group is this and the mark of the process that made it. */
const PREFIX = "rain-";
/** Milliseconds between two attempts to remove a group whose processes are ending. */
const RETRY_MS = 20;
const MAX_ATTEMPTS = 250;

let confinement: string | undefined;
let attempted = false;
let groups = 0;

/**
 * Moves this process into a control group of its own (cgroup v2), where everything stays that it starts. When this process ends, in
 * whatever way, the reaper kills all of it. Returns whether that was possible: the group of this process must be writable. Groups of
 * processes that no longer exist are killed.
 */
export function confineProcess(): boolean {
  if (attempted) return confinement !== undefined;
  attempted = true;
  const parent = ownGroup();
  if (parent === undefined) return false;
  killStaleGroups(parent);
  const path = join(parent, `${PREFIX}${ownMark()}`);
  try {
    mkdirSync(path);
  } catch {
    return false;
  }
  // The reaper stays outside: it was started before.
  watchControlGroup(path);
  try {
    writeFileSync(join(path, "cgroup.procs"), String(process.pid));
  } catch {
    return false;
  }
  confinement = path;
  return true;
}

/** Kills the groups of processes that no longer exist, in the group of this process. */
export function killStaleControlGroups(): void {
  const parent = ownGroup();
  if (parent !== undefined) killStaleGroups(parent);
}

/** A control group for one process and everything that it starts. */
export class ControlGroup {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Moves a process that has just been started into a group of its own, if this process is confined itself. */
  static of(pid: number): ControlGroup | undefined {
    if (confinement === undefined) return undefined;
    const path = join(confinement, String(++groups));
    try {
      mkdirSync(path);
      writeFileSync(join(path, "cgroup.procs"), String(pid));
      return new ControlGroup(path);
    } catch {
      // The process may have ended already.
      removeGroup(path, MAX_ATTEMPTS);
      return undefined;
    }
  }

  /** Kills what is left in the group, and removes it. */
  end(): void {
    killGroup(this.#path);
    removeGroup(this.#path);
  }
}

/** The directory of the control group of this process. */
function ownGroup(): string | undefined {
  try {
    const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    const mount = mounts.find((line) => / - cgroup2 /.test(line))?.split(" ");
    const root = mount?.[3];
    const point = mount?.[4];
    if (own === undefined || root === undefined || point === undefined) return undefined;
    if (root === "/") return join(point, own);
    return own === root || own.startsWith(`${root}/`) ? join(point, own.slice(root.length)) : undefined;
  } catch {
    return undefined;
  }
}

function killStaleGroups(parent: string): void {
  for (const name of foldersIn(parent)) {
    if (!name.startsWith(PREFIX) || !isOfDeadProcess(name.slice(PREFIX.length))) continue;
    killGroup(join(parent, name));
    removeGroup(join(parent, name));
  }
}

function killGroup(path: string): void {
  try {
    writeFileSync(join(path, "cgroup.kill"), "1");
  } catch {
    // Kernels before 5.14 have no such file.
    for (const folder of [...foldersIn(path).map((name) => join(path, name)), path]) killMembers(folder);
  }
}

function killMembers(path: string): void {
  try {
    for (const pid of readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").map(Number)) {
      if (pid > 1 && pid !== process.pid) process.kill(pid, "SIGKILL");
    }
  } catch {
    // They have ended in the meantime.
  }
}

/** Removes a group and those in it. As long as they have processes, that are ending, it is attempted again. */
function removeGroup(path: string, attempt = 0): void {
  try {
    for (const name of foldersIn(path)) rmdirSync(join(path, name));
    rmdirSync(path);
  } catch {
    if (attempt >= MAX_ATTEMPTS) return;
    killMembers(path);
    setTimeout(removeGroup, RETRY_MS, path, attempt + 1).unref();
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
