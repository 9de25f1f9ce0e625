import { readFileSync } from "node:fs";

/** What a server takes from those who connect to it. */
export interface ServerLimits {
  /** WebSockets at the same time. */
  clients: number;
  workers: number;
  /** TCP connections in all, those of plain HTTP included. */
  sockets: number;
  /** A client that has stopped to read what it asked for, or to send what it announced, is given up after so many milliseconds. */
  stallMs: number;
}

/** More than anybody needs; an idle one costs some 25 KiB. */
const MOST = 10_000;
/** Where the system does not say. */
const USUAL_DESCRIPTORS = 1024;
const STALL_MS = 60_000;

/** The limits of a process that may have so many files open; some are left for files and for the server's own connections. */
export function serverLimits(descriptors: number = openFiles()): ServerLimits {
  const clients = Math.min(MOST, Math.floor(descriptors / 2));
  const workers = Math.min(MOST, Math.floor(descriptors / 4));
  return { clients, workers, sockets: clients + workers + Math.floor(descriptors / 8), stallMs: STALL_MS };
}

/** What Linux lets this process have open, see proc_pid_limits(5). */
function openFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === "unlimited" ? 4 * MOST : Number(soft ?? USUAL_DESCRIPTORS);
  } catch {
    return USUAL_DESCRIPTORS;
  }
}
