import { expect, it } from "vitest";
import { fuzz } from "../fuzz/run.ts";

/** The long run is `npm run fuzz -- --count 100000`. */
it("server and worker live on, in bounded memory, whatever they are fed", async () => {
  const { inputs, memory } = await fuzz({ seed: "suite", count: 1500 });
  expect(inputs).toBeGreaterThan(1400);
  expect(memory.last - memory.early).toBeLessThan(300 * 2 ** 20);
});
