import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureBlows } from "./real/measure.ts";
import * as real from "./real/scenario.ts";
import * as virtual from "./virtual/scenario.ts";

const USAGE = `usage: npm run chaos -- [--virtual] [--seeds N] [--seed FIRST] [--kinds KIND,…]
       npm run chaos -- --measure

Runs random graphs while it causes failures in the cluster. Checks that everything finishes, that every output is right, and
that nothing is left. It uses real servers and workers, or with --virtual the scheduling core in virtual time (thousands of
seeds per minute). The seed determines the failures. --seed alone runs one seed and prints the events. --measure prints the
cost of losing a worker or restarting the server.

kinds: ${real.TROUBLE_NAMES.join(" ")}   (default: all that this machine supports)
with --virtual: ${virtual.TROUBLE_NAMES.join(" ")}`;

const { values: flags } = parseArgs({
  options: {
    virtual: { type: "boolean", default: false },
    seeds: { type: "string" },
    seed: { type: "string", default: "1" },
    kinds: { type: "string" },
    measure: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const first = Number(flags.seed);
const count = Number(flags.seeds ?? 1);
const known: readonly string[] = flags.virtual ? virtual.TROUBLE_NAMES : real.TROUBLE_NAMES;
const kinds = flags.kinds?.split(",");
if (flags.help || !(first >= 0 && count >= 1) || kinds?.some((kind) => !known.includes(kind))) {
  console.error(USAGE);
  process.exit(flags.help ? 0 : 2);
}

const rain = [process.execPath, fileURLToPath(new URL("../../bin/rain.js", import.meta.url))];
if (flags.measure) process.exit((await measureBlows(rain)) ? 0 : 1);
const tell = flags.seeds === undefined ? console.log : undefined;
const possible = flags.virtual ? [] : (kinds ?? real.possibleKinds());
const runSeed = (seed: number) =>
  flags.virtual
    ? virtual.runVirtual(seed, { trace: tell, kinds: kinds as virtual.TroubleName[] | undefined })
    : real.runReal(seed, { kinds: possible, rain, ...(tell && { tell }) });

let failed = 0;
const begin = performance.now();
for (let seed = first; seed < first + count; seed++) {
  try {
    await runSeed(seed);
  } catch (error) {
    failed++;
    const reason = error instanceof Error ? (tell ? error.stack : error.message) : String(error);
    console.log(`seed ${seed}: ${reason}`);
    const words = [...(flags.virtual ? ["--virtual"] : []), ...(kinds ? [`--kinds ${kinds}`] : [])];
    console.log(["  npm run chaos --", ...words, `--seed ${seed}`].join(" "));
  }
}
const seconds = (performance.now() - begin) / 1000;
console.log(`${count} seeds in ${seconds.toFixed(1)} s, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
