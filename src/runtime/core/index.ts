/** The scheduling core: a pure function from events to effects. The exports here are its whole interface. */

export { checkInvariants } from "./check/index.ts";
export { checkSubmit } from "./check/submit.ts";
export { CoreError } from "./core-error.ts";
export { offers, requirementsOf, unmetRequirements } from "./data/requirements.ts";
export { type CoreState, createState } from "./data/state.ts";
export * from "./events.ts";
export { step } from "./step.ts";
export * from "./view/index.ts";
