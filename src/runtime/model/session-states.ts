export type SessionState = "open" | "running" | "finished" | "failed" | "cancelled" | "closed";

/**
 * The effect of a failed task: `stop` ends the whole session, `continue` only skips the tasks that need its
 * outputs.
 */
export type OnFailure = "stop" | "continue";
