import { expect, test } from "vitest";
import { runVirtual } from "../../../chaos/virtual/scenario.ts";

/** `npm run chaos -- --virtual` runs more. */
const SEEDS = 60;

test("whatever happens to workers, sessions finish with the right objects and nothing is left", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    expect(() => runVirtual(seed), `npm run chaos -- --virtual --seed ${seed}`).not.toThrow();
  }
}, 60_000);
