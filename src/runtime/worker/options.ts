import type { Logger } from "pino";
import type { RainError } from "../errors.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Credentials } from "../security/credentials.ts";
import type { WorkerResources } from "../task-queue/resource-pool.ts";
import type { Identity } from "../transport/http-server.ts";
import type { Commands } from "./executors/configured.ts";

export interface StartWorkerOptions {
  /** `HOST:PORT` */
  server: string;
  /** For the server. Other workers must send the same token to fetch objects from this one. */
  credentials?: Credentials | undefined;
  /** CPUs that its tasks may use at the same time. */
  cpus: number;
  /** Bytes that its tasks may ask for in total. Default: the memory of the machine. */
  memory?: number | undefined;
  /** Named resources: the numbers of their units. */
  named?: WorkerResources["named"] | undefined;
  /** Labels by which tasks choose the worker. */
  labels?: Record<string, string> | undefined;
  /** The worker makes a folder of its own in this directory, and removes the folder when it stops. */
  workDir: string;
  /** Its certificate, for other workers. Required in a cluster with TLS. */
  identity?: Identity | undefined;
  /** Address at which other workers reach this one; port 0 is any free one. Default: 127.0.0.1 and 0. */
  listen?: { host: string; port: number } | undefined;
  /** Milliseconds between the request to stop and the kill of a program or executor. Default: 2000. */
  graceMs?: number | undefined;
  /** The task types that run in the process of the worker, and content types. */
  registry: Registry;
  /** `$RAIN_HOME`, whose plugins the worker offers, too. Absent: it offers none. */
  home?: string | undefined;
  /** How the other task types run. */
  executors: ExecutorSettings;
  /** Bytes of small objects that stay in memory. Default: 64 MiB. */
  memoryBudget?: number | undefined;
  log: Logger;
}

export interface ExecutorSettings {
  /** Path of `dist/executor.js` of this package. */
  script: string;
  /** The executors of the worker configuration. */
  commands?: Commands | undefined;
  /** Milliseconds for which a process waits for further tasks. Default: a minute. */
  idleMs?: number | undefined;
}

export interface RunningWorker {
  /** Slot. It changes when the worker has lost its server and joins again. */
  readonly id: number;
  /** Resolves when everything of the worker is gone; with an error when it lost its server. */
  readonly closed: Promise<RainError | undefined>;
  /** Kills running programs and removes all files. */
  stop(): Promise<void>;
}
