import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { possibleKinds, runReal } from "./real/scenario.ts";

const RAIN = [process.execPath, fileURLToPath(new URL("../../bin/rain.js", import.meta.url))];
/** `npm run chaos` runs more. */
const SEEDS = [1, 2, 3];

test.each(SEEDS)("seed %d: whatever dies, the results are right and nothing is left", async (seed) => {
  await runReal(seed, { kinds: possibleKinds(), rain: RAIN });
});
