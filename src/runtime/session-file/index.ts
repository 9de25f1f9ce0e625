export type { SavedObject } from "./building/saved-objects.ts";
export type { KeptObject } from "./building/values.ts";
export { formatProblems, type Problem, SessionFileErrors } from "./checking/problem.ts";
export { toDot } from "./graph/dot.ts";
export { type Graph, graphOf } from "./graph/graph.ts";
export { toMermaid } from "./graph/mermaid.ts";
export {
  type ExpandedSessionFile,
  expandSessionFile,
  loadSessionFile,
  readParams,
  type SessionPlan,
} from "./load.ts";
export { limitsOf, type ParamInfo } from "./params/describe.ts";
export type { ParamValues } from "./params/resolve.ts";
export type { SessionText } from "./reading/source.ts";
