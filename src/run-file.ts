import { type Client, type ClientOptions, connect } from "./runtime/client/index.ts";
import { type Outcome, type RunObserver, readPlan, runToEnd, submitPlan } from "./runtime/run-file/index.ts";
import { builtin } from "./tasks/index.ts";

export type { Outcome, RunObserver };

export interface RunFileOptions extends RunObserver {
  /** Values of the file's parameters as text, as with `--set`. */
  params?: Record<string, string>;
  /** Name of the session instead of the file's. */
  name?: string;
  /** Directory for saved results. Default: the current directory. */
  directory?: string;
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
  path: string,
  options: RunFileOptions = {},
): Promise<Outcome> {
  const { params = {}, name, directory = ".", ship = true, connection, ...observer } = options;
  const signal = options.signal ?? new AbortController().signal;
  const { plan } = await readPlan(path, { params }, builtin);
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
