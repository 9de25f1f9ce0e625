export const SESSION_STATES = ["open", "running", "finished", "failed", "cancelled", "closed"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/**
 * The effect of a failed task: `stop` ends the whole session, `continue` only skips the tasks that need its
 * outputs.
 */
export const ON_FAILURE = ["stop", "continue"] as const;
export type OnFailure = (typeof ON_FAILURE)[number];
