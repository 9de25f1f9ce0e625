import { STATE_COUNT, STATE_NAMES } from "../../model/task-states.ts";

const CAPACITY = 4096;

/** The latest transitions of all tasks in a ring buffer. Errors about a task include them. */
export interface RecentTransitions {
  session: Float64Array;
  task: Uint32Array;
  /** `from * STATE_COUNT + to`. */
  change: Uint8Array;
  /** Seconds, as given to `step`. */
  time: Float64Array;
  /** Number of transitions so far. */
  count: number;
  now: number;
}

export function createRecentTransitions(): RecentTransitions {
  return {
    session: new Float64Array(CAPACITY),
    task: new Uint32Array(CAPACITY),
    change: new Uint8Array(CAPACITY),
    time: new Float64Array(CAPACITY),
    count: 0,
    now: 0,
  };
}

export function record(
  history: RecentTransitions,
  session: number,
  task: number,
  from: number,
  to: number,
): void {
  const at = history.count++ % CAPACITY;
  history.session[at] = session;
  history.task[at] = task;
  history.change[at] = from * STATE_COUNT + to;
  history.time[at] = history.now;
}

/** The recorded transitions of one task as text, such as `waiting → ready at 1.25 s`. */
export function describe(history: RecentTransitions, session: number, task: number): string {
  const lines: string[] = [];
  for (let n = Math.max(0, history.count - CAPACITY); n < history.count; n++) {
    const at = n % CAPACITY;
    if (history.session[at] !== session || history.task[at] !== task) continue;
    const from = STATE_NAMES[Math.floor(history.change[at] / STATE_COUNT)];
    const to = STATE_NAMES[history.change[at] % STATE_COUNT];
    lines.push(`${from} → ${to} at ${history.time[at]} s`);
  }
  return lines.length === 0 ? "no recent transitions" : lines.join(", ");
}
