import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Sample } from "../sample.ts";

/** The Python that has Debian's modules. */
const PYTHON = "/usr/bin/python3";

/** Runs a workload of `on_dask.py` on a scheduler, two workers with one thread each, and a client, as separate processes. */
export async function runDask(
  name: string,
  args: number[],
  { runs, tuned }: { runs: number; tuned: boolean },
): Promise<Sample[]> {
  // This code runs in dist/bench/, but the script is in bench/.
  const script = fileURLToPath(new URL("../../bench/peers/on_dask.py", import.meta.url));
  if (!existsSync("/usr/bin/dask-scheduler")) {
    throw new Error("dask is not installed: install Debian's python3-distributed");
  }
  const env = tuned ? { DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION: "inf" } : {};
  const { stdout } = await execa(PYTHON, [script, name, String(runs), ...args.map(String)], {
    env,
    timeout: 900_000,
  });
  return JSON.parse(stdout) as Sample[];
}
