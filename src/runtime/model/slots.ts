/** Slot of the server itself, which holds constants and copies of small results. Workers have slots from 1. */
export const SERVER_SLOT = 0;

/** Stands for a source in an assignment: the input is on the worker, on its way there, or about to be made there. */
export const LOCAL = 0xffffffff;
