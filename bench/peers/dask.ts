import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Sample } from "../sample.ts";

/** Debian's modules belong to Debian's Python. */
const PYTHON = "/usr/bin/python3";

/** Runs a workload of `on_dask.py`: a scheduler, two workers with a thread each, and a client, each a process. */
export async function runDask(
  name: string,
  args: number[],
  { runs, tuned }: { runs: number; tuned: boolean },
): Promise<Sample[]> {
  // The bundle lies in dist/bench/, the script stays where it is.
  const script = fileURLToPath(new URL("../../bench/peers/on_dask.py", import.meta.url));
  if (!existsSync("/usr/bin/dask-scheduler")) {
    throw new Error("no dask here: install Debian's python3-distributed");
  }
  const env = tuned ? { DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION: "inf" } : {};
  const { stdout } = await execa(PYTHON, [script, name, String(runs), ...args.map(String)], {
    env,
    timeout: 900_000,
  });
  return JSON.parse(stdout) as Sample[];
}
