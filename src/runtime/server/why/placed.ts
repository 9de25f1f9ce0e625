import type { TaskKind, TaskRunStory } from "../../protocol/messages/index.ts";
import { lacks, type PastWorker } from "./workers.ts";

/** An input of the task, and the worker that made it. */
export interface PastInput {
  size: number;
  /** `undefined` for a constant, which the server has. */
  worker: number | undefined;
}

/** Explains why a task was assigned to this worker, from what was known at that time. */
export function placedBecause(
  kind: TaskKind,
  slot: number,
  workers: readonly PastWorker[],
  inputs: readonly PastInput[],
  failedOn: ReadonlySet<number>,
): TaskRunStory["placed"] {
  const others = workers.filter(({ worker }) => worker !== slot);
  if (others.length === 0) return { by: "only", text: "there was no other worker" };
  const unfit = others.map((other) => ({ worker: other.worker, reasons: lacks(kind, other) }));
  const [example] = unfit;
  if (example && unfit.every(({ reasons }) => reasons.length > 0)) {
    const { worker, reasons } = example;
    const more = unfit.length > 1 ? ", and so on" : "";
    const text = `no other worker can run it: worker ${worker} ${reasons.join(", ")}${more}`;
    return { by: "only", text };
  }
  const avoided = [...failedOn].filter((worker) => others.some((other) => other.worker === worker));
  if (avoided.length > 0 && !failedOn.has(slot)) {
    const names = avoided.length === 1 ? `worker ${avoided[0]}` : `workers ${avoided.join(", ")}`;
    return { by: "failures", text: `it failed on ${names}` };
  }
  const here = inputs.filter(({ worker }) => worker === slot);
  if (here.length > 0) {
    const bytes = (list: readonly PastInput[]) => list.reduce((sum, { size }) => sum + size, 0);
    const all = inputs.length === 1 ? "its input was" : "its inputs were";
    if (here.length === inputs.length)
      return { by: "inputs", text: `${all} made there (${bytes(here)} bytes)` };
    const text = `${here.length} of its ${inputs.length} inputs were made there (${bytes(here)} of ${bytes(inputs)} bytes)`;
    return { by: "inputs", text };
  }
  if (kind.where) return { by: "where", text: `it may run only where ${JSON.stringify(kind.where)}` };
  return { by: "turn", text: "it was next in the queue, and the worker had room" };
}
