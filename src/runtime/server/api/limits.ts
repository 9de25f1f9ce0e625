import { readFileSync } from "node:fs";

/** Limits for those who connect to a server. */
export interface ServerLimits {
  /** WebSockets of clients at the same time. */
  clients: number;
  workers: number;
  /** TCP connections in all, plain HTTP included. */
  sockets: number;
  /** Milliseconds after which a client is given up that stops reading an answer or sending a request. */
  stallMs: number;
}

/** Connections at most. An idle one costs about 25 KiB. */
const MAX_CONNECTIONS = 10_000;
/** Assumed when the system does not tell. */
const USUAL_DESCRIPTORS = 1024;
const STALL_MS = 60_000;

/**
 * Limits by the number of files that the process may open. Some are left for files and for the server's own
 * connections.
 */
export function serverLimits(descriptors: number = openFiles()): ServerLimits {
  const clients = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / 2));
  const workers = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / 4));
  return { clients, workers, sockets: clients + workers + Math.floor(descriptors / 8), stallMs: STALL_MS };
}

/** Files that Linux lets this process open, see proc_pid_limits(5). */
function openFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === "unlimited" ? 4 * MAX_CONNECTIONS : Number(soft ?? USUAL_DESCRIPTORS);
  } catch {
    return USUAL_DESCRIPTORS;
  }
}
