import type { OwnTls } from "../access/tls.ts";
import type { TokenOptions } from "../access/token.ts";
import type { HostPort } from "../config/address.ts";
import type { WorkerConfig } from "../config/worker-config.ts";

export interface StartOptions {
  /** See `rainProgram`. */
  program: readonly string[];
  listen: HostPort;
  /** Default: a new token for the cluster. */
  token?: Pick<TokenOptions, "required" | "file"> | undefined;
  /** The certificate of the server and the workers. Default: they do not speak TLS. */
  tls?: OwnTls | undefined;
  /** The cpus of each worker. */
  workers: readonly number[];
  logDirectory?: string | undefined;
  workDirectory?: string | undefined;
  /** The configuration of all workers, and its file. */
  workerConfig?: (WorkerConfig & { file: string }) | undefined;
  /** Words that are put before every command that is run, such as `["strace", "-f"]`. */
  runPrefix: readonly string[];
  /** `--log-level` of the server and the workers. Default: `$RAIN_LOG`, which they inherit. */
  logLevel?: string | undefined;
  signal: AbortSignal;
}

export type StartEvent =
  | { kind: "server"; address: string }
  | { kind: "worker"; index: number; id: number }
  /** A new server replaces one that had died. */
  | { kind: "revived"; address: string };

export type OnStartEvent = (event: StartEvent) => void;
