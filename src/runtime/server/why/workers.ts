import { requirementsOf, unmetRequirements } from "../../core/index.ts";
import type { TaskKind } from "../../protocol/messages/index.ts";
import { graphKind } from "../cluster/task-types.ts";

/** What the journal says about a worker. */
export interface PastWorker {
  worker: number;
  cpus: number;
  types: readonly string[];
  memory?: number | undefined;
  resources?: Record<string, number> | undefined;
  labels?: Record<string, string> | undefined;
}

/** Returns what a worker lacks for tasks of a kind. Empty if it can run them. */
export function lacks(
  kind: TaskKind,
  { worker, cpus, types, memory, resources, labels }: PastWorker,
): string[] {
  const capacity = { cpus, memory, named: resources ?? {}, labels: labels ?? {}, types: new Set(types) };
  // The journal does not record which package of a plugin a worker had.
  return unmetRequirements(requirementsOf({ ...graphKind(kind), type: kind.type }), capacity, worker);
}
