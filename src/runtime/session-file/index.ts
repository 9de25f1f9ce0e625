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
export { formatProblems, type Problem, SessionFileErrors } from "./problems.ts";
export type { SavedObject } from "./save.ts";
export type { SessionText } from "./source.ts";
export type { KeptObject } from "./values.ts";
