/** Runs a whole session file: reads it, submits its graph, waits for the end, saves the results and describes the outcome. */
export { checkOutput } from "./check-output.ts";
export { explainEnd, explainUnknownType } from "./explain-failure.ts";
export { type Outcome, outcomeOf } from "./outcome.ts";
export { type ReadPlan, readPlan } from "./read-plan.ts";
export { type RunObserver, runToEnd, submitPlan } from "./run-session.ts";
