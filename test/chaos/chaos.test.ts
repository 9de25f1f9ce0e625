import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { loseLarge } from "./real/large-loss.ts";
import { possibleKinds, runReal } from "./real/scenario.ts";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const RAIN = [process.execPath, pathOf("../../bin/rain.js")];
/** The logs of seeds that failed. */
const LOGS = pathOf("../../chaos-logs/");
/** `npm run chaos` runs more. */
const SEEDS = [1, 2, 3];

test.each(SEEDS)("seed %d: after any failures, the results are right and nothing is left", async (seed) => {
  mkdirSync(LOGS, { recursive: true });
  await runReal(seed, { kinds: possibleKinds(), rain: RAIN, parent: LOGS });
});

test("Rain makes a large object again if its only holder dies after its consumers were scheduled", async () => {
  await loseLarge(RAIN, 8);
});
