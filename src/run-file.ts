import { checkRunFile } from "./runtime/client/check/run-file.ts";
import { type Client, type ClientOptions, connect } from "./runtime/client/index.ts";
import {
  checkOutput,
  type Outcome,
  type RunObserver,
  readPlan,
  runToEnd,
  submitPlan,
} from "./runtime/run-file/index.ts";
import type { ParamValue } from "./runtime/session-file/index.ts";
import { builtin } from "./tasks/index.ts";

export type { Outcome, ParamValue, RunObserver };

export interface RunFileOptions extends RunObserver {
  /** Values of the file's parameters; texts are read as with `--set`. */
  params?: Record<string, ParamValue>;
  /** Name of the session instead of the file's. */
  name?: string;
  /** Directory for saved results. Default: the current directory. */
  directory?: string | URL;
  /** Whether workers that lack a plugin get it from this machine. Default: true. */
  ship?: boolean;
  /** Cancels the session. */
  signal?: AbortSignal;
  /** How to connect, where an address is given. */
  connection?: ClientOptions;
}

/** See `runFile` of the public API, which loads this module when it is called. */
export async function runFile(
  at: Client | string,
  file: string | URL,
  options: RunFileOptions = {},
): Promise<Outcome> {
  const { path, directory } = checkRunFile(at, file, options);
  const { params = {}, name, ship = true, connection, ...observer } = options;
  const signal = options.signal ?? new AbortController().signal;
  const { plan } = await readPlan(path, { params }, builtin);
  await checkOutput(directory, plan);
  const client = typeof at === "string" ? await connect(at, { ...connection, signal }) : at;
  try {
    const { onFailure } = plan;
    const session = await client.newSession({ name: name ?? plan.name, retain: true, onFailure, ship });
    await submitPlan(session, plan, signal);
    const { outcome } = await runToEnd(session, { ...observer, plan, directory, signal });
    return outcome;
  } finally {
    if (typeof at === "string") await client.close();
  }
}
