/** The scheduling core: pure values in, effects out. What stands here is all that others use. */

export { checkInvariants } from "./check/index.ts";
export { checkSubmit } from "./check-submit.ts";
export { CoreError } from "./core-error.ts";
export { demandOf, misfits, offers } from "./demand.ts";
export { EventHeap } from "./event-heap.ts";
export * from "./events.ts";
export { type CoreState, createState } from "./state.ts";
export { step } from "./step.ts";
export * from "./view.ts";
