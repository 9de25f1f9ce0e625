import { requirementsOf, unmetRequirements } from "../../core/index.ts";
import type { TaskKind } from "../../protocol/messages/index.ts";
import { graphKind } from "../cluster/task-types.ts";

/** What the journal says of a worker. */
export interface PastWorker {
  worker: number;
  cpus: number;
  types: readonly string[];
  memory?: number;
  resources?: Record<string, number>;
  labels?: Record<string, string>;
}

/** What a worker lacks of what tasks of a kind need; empty when it can run them. */
export function lacks(
  kind: TaskKind,
  { worker, cpus, types, memory, resources, labels }: PastWorker,
): string[] {
  const capacity = { cpus, memory, named: resources ?? {}, labels: labels ?? {}, types: new Set(types) };
  // Which package of a plugin a worker had is not recorded.
  return unmetRequirements(requirementsOf({ ...graphKind(kind), type: kind.type }), capacity, worker);
}
