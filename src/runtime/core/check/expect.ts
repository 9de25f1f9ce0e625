import { CoreError } from "../core-error.ts";

/** For `checkInvariants`. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new CoreError(`broken invariant: ${otherwise}`);
}
