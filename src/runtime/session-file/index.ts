/**
 * Session files: reads them, checks everything that can be checked without a cluster, and builds the client's
 * tasks.
 */
export { formatProblems, SessionFileErrors } from "./checking/problem.ts";
export { toDot } from "./graph/dot.ts";
export { graphOf } from "./graph/graph.ts";
export { toMermaid } from "./graph/mermaid.ts";
export { expandSessionFile, loadSessionFile, readParams, type SessionPlan } from "./load.ts";
export { limitsOf, type ParamInfo } from "./params/describe.ts";
export type { ParamValue, ParamValues } from "./params/resolve.ts";
