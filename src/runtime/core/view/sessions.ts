import type { SessionState } from "../../model/session-states.ts";
import type { Graph } from "../data/graph.ts";
import type { CoreState } from "../data/state.ts";

/** Columns for encoding many tasks at once. Valid only until the next `step`. */
export type GraphColumns = Readonly<
  Pick<
    Graph,
    "taskCount" | "objectCount" | "inputStart" | "inputs" | "firstOutput" | "size" | "producer" | "kept"
  >
>;

export function graphColumns(state: CoreState, session: number): GraphColumns | undefined {
  return state.sessions.get(session)?.graph;
}

export function sessionState(state: CoreState, session: number): SessionState | undefined {
  return state.sessions.get(session)?.state;
}

/** Estimated duration of each task type in seconds, from tasks that have run in any session. */
export function measuredSeconds(state: CoreState): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { classes } of state.sessions.values()) {
    for (const { measured, requirements, seconds: estimate } of classes) {
      if (measured) seconds.set(requirements.type, Math.max(estimate, seconds.get(requirements.type) ?? 0));
    }
  }
  return seconds;
}
