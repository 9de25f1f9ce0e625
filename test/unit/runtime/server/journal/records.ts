import type { NewSession, Submission } from "../../../../../src/runtime/protocol/messages/index.ts";
import type { Journal } from "../../../../../src/runtime/server/journal/writer.ts";

const OPTIONS: NewSession = { name: "s", onFailure: "stop", detached: true, retain: true };
const NO_TEXTS = { of: new Uint32Array(), text: [] };

export function openSession(journal: Journal, session: number): void {
  journal.append(session, ["sessionOpened", { ...OPTIONS, client: "test" }]);
}

export function closeSession(journal: Journal, session: number): void {
  journal.append(session, ["sessionChanged", { state: "closed" }]);
}

/** A chunk with one task, which has one output. @param padding bytes that the chunk takes in addition */
export function chunk(firstTask: number, padding = 0): Submission {
  return {
    firstTask,
    firstObject: firstTask,
    constants: [],
    kinds: [{ type: "builtin/concat", resources: { cpus: 1 }, outputs: [{ dataType: "blob" }], group: 0 }],
    groups: [""],
    kind: Uint32Array.of(0),
    inputStart: Uint32Array.of(0, 0),
    inputs: new Uint32Array(),
    config: Uint32Array.of(0),
    configs: { start: Uint32Array.of(0, padding), bytes: new Uint8Array(padding).fill(7) },
    keep: new Uint32Array(),
    names: NO_TEXTS,
    taskKeys: NO_TEXTS,
    constantKeys: NO_TEXTS,
    users: { of: new Uint32Array(), value: [] },
  };
}

/** Appends a submit of this many tasks, one per chunk. `isWhole: false` leaves out the last chunk. */
export function submitTasks(
  journal: Journal,
  session: number,
  { first = 0, count = 3, padding = 0, isWhole = true } = {},
): void {
  const written = isWhole ? count : count - 1;
  for (let i = 0; i < written; i++) {
    journal.append(session, ["submitted", { chunk: chunk(first + i, padding), more: i + 1 < count }]);
  }
}
