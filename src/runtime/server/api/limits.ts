import { readFileSync } from "node:fs";

/** Limits on connections to a server. */
export interface ServerLimits {
  /** Maximum WebSockets of clients. */
  clients: number;
  workers: number;
  /** Maximum TCP connections, including plain HTTP. */
  sockets: number;
  /** Milliseconds after which a client is disconnected if it stops reading an answer or sending a request. */
  stallMs: number;
}

/** Maximum connections of clients and of workers. An idle connection takes about 25 KiB. */
const MAX_CONNECTIONS = 10_000;
/** Used if the limit of the system is unknown. */
const DEFAULT_DESCRIPTORS = 1024;
const STALL_MS = 60_000;

/**
 * Derives limits from the number of files that the process may open. Leaves some for files and for the
 * server's own connections.
 */
export function serverLimits(descriptors: number = openFiles()): ServerLimits {
  const clients = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / 2));
  const workers = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / 4));
  return { clients, workers, sockets: clients + workers + Math.floor(descriptors / 8), stallMs: STALL_MS };
}

/** Number of files that this process may open on Linux, see proc_pid_limits(5). */
function openFiles(): number {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === "unlimited" ? 4 * MAX_CONNECTIONS : Number(soft ?? DEFAULT_DESCRIPTORS);
  } catch {
    return DEFAULT_DESCRIPTORS;
  }
}
