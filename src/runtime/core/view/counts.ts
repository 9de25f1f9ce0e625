import { NO_TASKS, type TaskCounts } from "../../model/task-counts.ts";
import {
  ASSIGNED,
  CANCELLED,
  FAILED,
  FINISHED,
  READY,
  RETRACTING,
  RUNNING,
  SKIPPED,
  STATE_COUNT,
  WAITING,
} from "../../model/task-states.ts";
import type { Graph } from "../data/graph.ts";
import type { CoreState } from "../data/state.ts";

/** Counts all tasks of the session by state. */
export function taskCounts(state: CoreState, session: number): TaskCounts | undefined {
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return undefined;
  const total = { ...NO_TASKS };
  for (let group = 0; group < graph.groups.size; group++) addCounts(total, graph, group);
  return total;
}

/** Counts the tasks of each group of the session, in the order in which the groups appeared. */
export function groupCounts(state: CoreState, session: number): { name: string; tasks: TaskCounts }[] {
  const graph = state.sessions.get(session)?.graph;
  if (graph === undefined) return [];
  return [...graph.groups].map(([name, group]) => ({
    name,
    tasks: addCounts({ ...NO_TASKS }, graph, group),
  }));
}

function addCounts(counts: TaskCounts, graph: Graph, group: number): TaskCounts {
  const row = graph.counts.subarray(group * STATE_COUNT, (group + 1) * STATE_COUNT);
  for (const tasks of row) counts.total += tasks;
  counts.waiting += row[WAITING];
  counts.ready += row[READY] + row[ASSIGNED] + row[RETRACTING];
  counts.running += row[RUNNING];
  counts.finished += row[FINISHED];
  counts.failed += row[FAILED];
  counts.cancelled += row[CANCELLED];
  counts.skipped += row[SKIPPED];
  return counts;
}
