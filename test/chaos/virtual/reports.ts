import type { Event, Inventory } from "../../../src/runtime/core/index.ts";
import { below, type Random } from "../random.ts";
import type { Content } from "./content.ts";

/** A task that is assigned to a worker. */
export interface AssignedTask {
  session: number;
  task: number;
  /** Virtual times, once the task runs. */
  startedAt: number;
  endsAt: number | undefined;
  /** Contents of its inputs, once the task runs. */
  inputs: Content[];
}

const MAX_BYTES = 10_000;

/** The report of a finished task. Copies of kept outputs may come with it. */
export function finishedReport(
  worker: number,
  { session, task, startedAt, endsAt }: AssignedTask,
  kept: ReadonlySet<number>,
  outputs: readonly number[],
  random: Random,
): Event {
  return {
    kind: "tasksFinished",
    worker,
    session,
    tasks: Uint32Array.of(task),
    durations: Float32Array.of(endsAt! - startedAt),
    sizes: Float64Array.from(outputs, () => below(random, MAX_BYTES)),
    copies: Uint32Array.from(outputs.filter((object) => kept.has(object) && random() < 0.5)),
  };
}

/** The inventory that a rejoining worker reports for a session. */
export function inventoryOf(
  session: number,
  objects: readonly number[],
  assignments: readonly AssignedTask[],
  finished: readonly number[],
  random: Random,
): Inventory {
  const running = assignments.filter((one) => one.session === session);
  return {
    session,
    objects: Uint32Array.from(objects),
    sizes: Float64Array.from(objects, () => below(random, MAX_BYTES)),
    running: Uint32Array.from(running, ({ task }) => task),
    finished: Uint32Array.from(finished),
  };
}
