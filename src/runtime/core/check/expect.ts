import { CoreError } from "../core-error.ts";

/** Throws a CoreError with `message` if the invariant does not hold. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new CoreError(`broken invariant: ${message}`);
}
