import { readFileSync } from "node:fs";

/** Clock ticks per second in `/proc/PID/stat`: 100 on every Linux that Node supports. */
const TICKS = 100;

/** The CPU seconds that a process has used so far. Needs `/proc`. */
export function cpuSeconds(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11);
  return (Number(user) + Number(system)) / TICKS;
}

/** The peak resident memory of a process in MB (10⁶ bytes). Needs `/proc`. */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** The monotonic clock of the machine, which is the same in all processes. */
export function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
