import type { CoreState } from "../../../src/runtime/core/index.ts";
import type { Content } from "./content.ts";
import type { SimulatedJournal } from "./journal.ts";
import type { SimulatedSession } from "./session.ts";
import type { SimulatedWorker } from "./worker.ts";

/** The part of a cluster that the checks and the observer of effects use. */
export interface ClusterView {
  readonly state: CoreState;
  /** The workers that the server knows, by slot. */
  readonly workers: ReadonlyMap<number, SimulatedWorker>;
  /** All sessions that are not closed. */
  readonly sessions: Map<number, SimulatedSession>;
  readonly journal: SimulatedJournal;
  readonly now: number;
  /** The time of the next `timePassed` event. */
  wakeAt: number;
  contentAt(place: number, session: number, object: number): Content | undefined;
}
