import type { ExecutorStatus, WorkerSample } from "../../protocol/messages/index.ts";
import type { ExecutorMember } from "../executors/pool.ts";
import { measureUsage, type ProcessUsage, type Usage } from "./usage.ts";

const INTERVAL_MS = 1000;

/** The figures that the worker counts itself. */
export type OwnFigures = Pick<WorkerSample, "objectMemory" | "objectFiles" | "received" | "sent">;

/** Sends a sample every second, until it is stopped. */
export function startSampler(
  own: () => OwnFigures,
  executors: () => readonly ExecutorMember[],
  send: (sample: WorkerSample) => void,
): { stop(): void } {
  let before: { usage: Usage; at: number } = { usage: measureUsage(), at: performance.now() };
  const timer = setInterval(() => {
    const members = executors();
    const now = { usage: measureUsage(members.map(({ pid }) => pid)), at: performance.now() };
    const seconds = (now.at - before.at) / 1000;
    const share = (late: number, early: number) => Math.max(0, (late - early) / seconds);
    const samples = members.map((member): ExecutorStatus => {
      const { cpuSeconds, memory } = usageOf(now.usage, member);
      return { ...member, cpus: share(cpuSeconds, usageOf(before.usage, member).cpuSeconds), memory };
    });
    const { memory, programMemory } = now.usage;
    const cpus = share(now.usage.cpuSeconds, before.usage.cpuSeconds);
    before = now;
    send({ cpus, memory, programMemory, executors: samples, ...own() });
  }, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

/** Zero for a process that has just started, or has ended. */
function usageOf({ programs }: Usage, { pid }: ExecutorMember): ProcessUsage {
  return programs.get(pid) ?? { cpuSeconds: 0, memory: 0 };
}
