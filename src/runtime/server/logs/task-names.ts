import { getOrInsert } from "../../collections/get-or-insert.ts";
import type { LogEntry, Submission } from "../../protocol/messages/index.ts";
import { textsByNumber } from "../sessions/sparse-texts.ts";

interface SessionNames {
  keys: Map<number, string>;
  names: Map<number, string>;
  parts: { firstTask: number; kind: Uint32Array; types: string[] }[];
  /** Number of tasks in the chunks of an incomplete submit. */
  pendingTasks: number;
}

/** Keys, names and types of tasks, learned from the submits in the journal. */
export class TaskNames {
  readonly #sessions = new Map<number, SessionNames>();

  /** Adds a chunk of a submit. Returns how many tasks the submit has so far. */
  learn(session: number, { chunk, more }: { chunk: Submission; more: boolean }): number {
    const known = getOrInsert<number, SessionNames>(this.#sessions, session, () => ({
      keys: new Map(),
      names: new Map(),
      parts: [],
      pendingTasks: 0,
    }));
    const { firstTask, kind } = chunk;
    known.parts.push({ firstTask, kind, types: chunk.kinds.map(({ type }) => type) });
    for (const [task, key] of textsByNumber(chunk.taskKeys)) known.keys.set(task, key);
    for (const [task, name] of textsByNumber(chunk.names)) known.names.set(task, name);
    const count = known.pendingTasks + kind.length;
    known.pendingTasks = more ? count : 0;
    return count;
  }

  describe(session: number, task: number): Pick<LogEntry, "task" | "key" | "name" | "type"> {
    const known = this.#sessions.get(session);
    const part = known?.parts.findLast(({ firstTask }) => firstTask <= task);
    const kind = part?.kind[task - part.firstTask];
    return {
      task,
      key: known?.keys.get(task),
      name: known?.names.get(task),
      type: kind === undefined ? undefined : part?.types[kind],
    };
  }
}
