import type { Event, Inventory } from "../../../src/runtime/core/index.ts";
import { below, type Random } from "../random.ts";
import type { Content } from "./content.ts";

/** A task that a worker has. */
export interface AssignedTask {
  session: number;
  task: number;
  /** Virtual times, once it runs. */
  startedAt: number;
  endsAt: number | undefined;
  /** Contents of its inputs, once it runs. */
  inputs: Content[];
}

const MAX_BYTES = 10_000;

/** What is kept of the outputs may come with the report. */
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

/** What a worker tells of a session when it comes back. */
export function inventoryOf(
  session: number,
  objects: readonly number[],
  assignments: readonly AssignedTask[],
  random: Random,
): Inventory {
  const running = assignments.filter((one) => one.session === session);
  return {
    session,
    objects: Uint32Array.from(objects),
    sizes: Float64Array.from(objects, () => below(random, MAX_BYTES)),
    running: Uint32Array.from(running, ({ task }) => task),
  };
}
