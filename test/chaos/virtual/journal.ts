import {
  type CoreState,
  type Effect,
  graphColumns,
  type Inventory,
  objectSize,
  type RestoredSession,
} from "../../../src/runtime/core/index.ts";
import type { SimulatedSession } from "./session.ts";

type Entry = { session: number } & (
  | { finished: Uint32Array; sizes: Map<number, number> }
  | { restarted: Uint32Array }
  | { copied: number[] }
  | { retried: number }
  | { failed: number }
);

/**
 * The recorded results of tasks. Requests of clients are never lost, because they are answered only after
 * they are recorded.
 */
export class SimulatedJournal {
  private entries: Entry[] = [];

  note(state: CoreState, effect: Effect): void {
    if (effect.kind === "wakeAt") return;
    const { session } = effect;
    if (effect.kind === "tasksFinished" || effect.kind === "tasksFound") {
      const { firstOutput } = graphColumns(state, session)!;
      const sizes = new Map<number, number>();
      for (const task of effect.tasks) {
        for (let object = firstOutput[task]!; object < firstOutput[task + 1]!; object++) {
          sizes.set(object, objectSize(state, session, object)!);
        }
      }
      this.entries.push({ session, finished: effect.tasks, sizes });
    }
    if (effect.kind === "tasksRestarted") this.entries.push({ session, restarted: effect.tasks });
    if (effect.kind === "taskFailed") this.entries.push({ session, failed: effect.reason.task });
    if (effect.kind === "taskRetried") this.entries.push({ session, retried: effect.task });
  }

  /** Records that the server has copies of these objects. */
  noteCopies(session: number, copied: number[]): void {
    if (copied.length > 0) this.entries.push({ session, copied });
  }

  get length(): number {
    return this.entries.length;
  }

  /** Removes the last entries, which had not been written when the server died. */
  truncate(length: number): void {
    this.entries.length = length;
  }

  finishedOf(session: number): Set<number> {
    const finished = new Set<number>();
    for (const entry of this.entriesOf(session)) {
      if ("finished" in entry) for (const task of entry.finished) finished.add(task);
      if ("restarted" in entry) for (const task of entry.restarted) finished.delete(task);
    }
    return finished;
  }

  /** Objects of which a restarted server still has copies. */
  copiesOf(id: number, session: SimulatedSession): Set<number> {
    const copies = new Set<number>();
    for (const entry of this.entriesOf(id)) {
      if ("copied" in entry) for (const object of entry.copied) copies.add(object);
      if (!("restarted" in entry)) continue;
      for (const task of entry.restarted)
        for (const object of session.tasks[task]!.outputs) copies.delete(object);
    }
    for (const object of session.unkept) copies.delete(object);
    return copies;
  }

  failedOf(session: number): Set<number> {
    return new Set(this.entriesOf(session).flatMap((entry) => ("failed" in entry ? [entry.failed] : [])));
  }

  /** The recorded facts about a session, for a restarted server. */
  restored(
    id: number,
    session: SimulatedSession,
    inventories: ReadonlyMap<number, Inventory>,
  ): RestoredSession {
    const failures = new Map<number, number>();
    const sizes = new Float64Array(session.objectCount).fill(Number.NaN);
    for (const entry of this.entriesOf(id)) {
      if ("retried" in entry) failures.set(entry.retried, (failures.get(entry.retried) ?? 0) + 1);
      if ("sizes" in entry) for (const [object, size] of entry.sizes) sizes[object] = size;
    }
    return {
      chunks: session.chunks,
      onFailure: session.continuesOnFailure ? "continue" : "stop",
      sealed: session.sealed,
      unkept: Uint32Array.from(session.unkept),
      finished: Uint32Array.from([...this.finishedOf(id)].sort((one, other) => one - other)),
      failed: Uint32Array.from(this.failedOf(id)),
      sizes,
      failures: [...failures],
      inventories,
    };
  }

  private entriesOf(session: number): Entry[] {
    return this.entries.filter((entry) => entry.session === session);
  }
}
