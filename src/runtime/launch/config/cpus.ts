import { availableParallelism } from "node:os";
import { RainError } from "../../errors.ts";

/** Parses `4`; `detect`, all cpus of this machine; or `-1`, all but one. At least 1. @throws USAGE */
export function parseCpus(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  const detected = availableParallelism();
  if (text === "detect") return detected;
  if (/^-\d+$/.test(text)) return Math.max(1, detected + Number(text));
  throw new RainError("USAGE", `${JSON.stringify(text)} is not a number of cpus`, {
    hint: "Write --cpus 4, --cpus detect for all of this machine, or --cpus -1 for all but one.",
  });
}

/** Parses the cpus of each worker, such as `[4,4,2]` for three workers. @throws USAGE */
export function parseLocalWorkers(text: string): number[] {
  const [, list] = /^\s*\[?\s*(\d+(?:\s*,\s*\d+)*)\s*\]?\s*$/.exec(text) ?? [];
  const cpus = list?.split(",").map(Number) ?? [];
  if (cpus.length === 0 || cpus.includes(0)) {
    throw new RainError("USAGE", `${JSON.stringify(text)} is not a list of cpus`, {
      hint: 'Write --local-workers "[4,4,2]" for three workers with 4, 4 and 2 cpus.',
    });
  }
  return cpus;
}

/** Takes one cpu from the first worker, for the server. @throws USAGE if that worker has only one */
export function reserveCpu(workers: readonly number[]): number[] {
  const [first = 0, ...others] = workers;
  if (first < 2) {
    throw new RainError("USAGE", "-S takes a cpu from the first worker, which has only one", {
      hint: "Leave -S out, or give the first worker more cpus.",
    });
  }
  return [first - 1, ...others];
}
