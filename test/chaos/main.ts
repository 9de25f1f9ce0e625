import { parseArgs } from "node:util";
import { runVirtual, TROUBLE_NAMES, type TroubleName } from "./virtual/scenario.ts";

const USAGE = `usage: npm run chaos -- --virtual [--seeds N] [--seed FIRST] [--kinds KIND,…]

Runs random graphs while troubles happen to the cluster, and checks that everything finishes, that every output is right,
and that nothing is left. What happens follows from the seed: --seed alone runs one again, and tells what happens.

kinds: ${TROUBLE_NAMES.join(" ")}   (default: all)`;

const { values: flags } = parseArgs({
  options: {
    virtual: { type: "boolean", default: false },
    seeds: { type: "string" },
    seed: { type: "string", default: "1" },
    kinds: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const first = Number(flags.seed);
const count = Number(flags.seeds ?? 1);
const kinds = (flags.kinds?.split(",") ?? TROUBLE_NAMES) as TroubleName[];
const isWrong = !(first >= 0 && count >= 1) || kinds.some((kind) => !TROUBLE_NAMES.includes(kind));
if (flags.help || isWrong) {
  console.error(USAGE);
  process.exit(flags.help ? 0 : 2);
}

let failed = 0;
const begin = performance.now();
for (let seed = first; seed < first + count; seed++) {
  try {
    runVirtual(seed, { kinds, ...(flags.seeds === undefined && { trace: console.log }) });
  } catch (error) {
    failed++;
    console.log(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
    if (count > 1) console.log(`  npm run chaos -- --virtual --seed ${seed}${kindsFlag()}`);
    else console.log(error instanceof Error ? error.stack : "");
  }
}
const seconds = (performance.now() - begin) / 1000;
console.log(`${count} seeds in ${seconds.toFixed(1)} s, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function kindsFlag(): string {
  return flags.kinds === undefined ? "" : ` --kinds ${flags.kinds}`;
}
