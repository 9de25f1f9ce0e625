export const SESSION_STATES = ["open", "running", "finished", "failed", "cancelled", "closed"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Whether a failed task stops all others (`stop`), or only those that need its outputs (`continue`). */
export const ON_FAILURE = ["stop", "continue"] as const;
export type OnFailure = (typeof ON_FAILURE)[number];
