export type SessionState = "open" | "running" | "finished" | "failed" | "cancelled" | "closed";

/** What a failed task does to the others: it stops them, or only those that need its outputs. */
export type OnFailure = "stop" | "continue";
