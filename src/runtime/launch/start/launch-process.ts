import { join } from "node:path";
import type { ProcessIdentity } from "../../platform/processes/identity.ts";
import type { ClusterRecord } from "../cluster-record.ts";
import { type BackgroundProcess, startBackground } from "../processes/background.ts";
import type { StartOptions } from "./options.ts";

export interface ProcessCommand {
  /** Names the files of the process: `starting-2`. */
  name: string;
  /** For messages: `a worker with 4 cpus`. */
  title: string;
  args: readonly string[];
}

/**
 * Starts a server or worker of the cluster in the background, with the flags that both take.
 * @throws START_FAILED
 */
export function launchProcess(
  record: ClusterRecord,
  options: StartOptions,
  { name, title, args }: ProcessCommand,
): Promise<BackgroundProcess> {
  const flags = [...accessFlags(record, options), ...logFlags(options)];
  return startBackground({
    title,
    command: [...options.runPrefix, ...options.program, ...args, ...flags],
    directory: record.directory,
    logFile: join(record.logDirectory, `${name}.log`),
    readyFile: join(record.workDirectory, `${name}.ready`),
  });
}

/** The part of a background process that the cluster's record keeps. */
export function identityOf({ pid, startTime }: BackgroundProcess): ProcessIdentity {
  return { pid, startTime };
}

function accessFlags({ tokenFile }: ClusterRecord, { tls }: StartOptions): string[] {
  const { cert, key, ca } = tls?.files ?? {};
  const flags = { "--token-file": tokenFile, "--tls-cert": cert, "--tls-key": key, "--tls-ca": ca };
  return Object.entries(flags).flatMap(([flag, file]) => (file === undefined ? [] : [flag, file]));
}

function logFlags({ logLevel }: StartOptions): string[] {
  return logLevel === undefined ? [] : ["--log-level", logLevel];
}
