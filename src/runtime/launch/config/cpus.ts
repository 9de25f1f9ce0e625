import { availableParallelism } from "node:os";
import { RainError } from "../../errors.ts";

/** `4` cpus; `detect` for all of this machine, `-1` for all but one, though never less than one. @throws USAGE */
export function parseCpus(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  const detected = availableParallelism();
  if (text === "detect") return detected;
  if (/^-\d+$/.test(text)) return Math.max(1, detected + Number(text));
  throw new RainError("USAGE", `${JSON.stringify(text)} is not a number of cpus`, {
    hint: "Write --cpus 4, --cpus detect for all of this machine, or --cpus -1 for all but one.",
  });
}

/** The cpus of each worker: `[4,4,2]` starts three. @throws USAGE */
export function parseLocalWorkers(text: string): number[] {
  const match = /^\s*\[?\s*(\d+(?:\s*,\s*\d+)*)\s*\]?\s*$/.exec(text);
  const cpus = match?.[1].split(",").map(Number) ?? [];
  if (cpus.length === 0 || cpus.includes(0)) {
    throw new RainError("USAGE", `${JSON.stringify(text)} is not a list of cpus`, {
      hint: 'Write --local-workers "[4,4,2]" for three workers with 4, 4 and 2 cpus.',
    });
  }
  return cpus;
}

/** Leaves one cpu to the server: the first worker gives it up. @throws USAGE when it has only one */
export function reserveCpu(workers: readonly number[]): number[] {
  const [first, ...others] = workers;
  if (first < 2) {
    throw new RainError("USAGE", "-S takes a cpu from the first worker, which has only one", {
      hint: "Leave -S out, or give the first worker more cpus.",
    });
  }
  return [first - 1, ...others];
}
