import type { WorkerSample } from "../protocol/worker-messages.ts";
import { measureUsage, type Usage } from "./usage.ts";

const EVERY_MS = 1000;

/** What the worker itself knows of its state. */
export type OwnFigures = Pick<WorkerSample, "objectMemory" | "objectFiles" | "received" | "sent">;

/** Sends a sample every second, until it is stopped. */
export function startSampler(own: () => OwnFigures, send: (sample: WorkerSample) => void): { stop(): void } {
  let before: { usage: Usage; at: number } = { usage: measureUsage(), at: performance.now() };
  const timer = setInterval(() => {
    const now = { usage: measureUsage(), at: performance.now() };
    const seconds = (now.at - before.at) / 1000;
    const cpus = Math.max(0, (now.usage.cpuSeconds - before.usage.cpuSeconds) / seconds);
    before = now;
    const { memory, programMemory } = now.usage;
    send({ cpus, memory, programMemory, ...own() });
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
