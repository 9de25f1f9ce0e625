/** Slot of the server itself, which stores constants and copies of small results. Workers have slots from 1. */
export const SERVER_SLOT = 0;

/**
 * Replaces the source of an input in an assignment when the worker has the input, already expects it, or is
 * about to make it.
 */
export const LOCAL = 0xffffffff;
