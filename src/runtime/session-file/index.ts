export { loadSessionFile, type SessionPlan } from "./load.ts";
export { formatProblems, type Problem, SessionFileErrors } from "./problems.ts";
export type { SavedObject } from "./save.ts";
export type { SessionText } from "./source.ts";
export type { KeptObject } from "./values.ts";
