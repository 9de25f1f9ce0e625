import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type RainCluster, startRain } from "./rain-cluster.ts";
import { type Outcome, renderTable } from "./report.ts";
import type { Sample } from "./sample.ts";
import { type Bench, PEERS, type PeerName, type Workload } from "./workload.ts";

import { WORKLOADS } from "./workloads/index.ts";

const USAGE = `usage: npm run bench -- [NAME…] [--vs PEER…] [--runs N] [--json FILE]

Runs workloads on a real server and workers, and on peers in the same invocation, and prints how many times faster Rain is.
Each system first does one warm-up run, which does not count.

names: ${Object.keys(WORKLOADS).join(" ")}   (default: all)
peers: ${PEERS.join(" ")}   (a workload skips peers that do not support it)`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vs: { type: "string", multiple: true, default: [] },
    runs: { type: "string", default: "3" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const runs = Number(flags.runs);
const unknown = [
  ...positionals.filter((name) => !(name in WORKLOADS)),
  ...flags.vs.filter((name) => !(PEERS as readonly string[]).includes(name)),
];
if (flags.help || unknown.length > 0 || !(runs >= 1)) {
  console.error(unknown.length > 0 ? `unknown: ${unknown.join(", ")}\n\n${USAGE}` : USAGE);
  process.exit(flags.help ? 0 : 2);
}

const BIN = fileURLToPath(new URL("../../bin/rain.js", import.meta.url));
const names = positionals.length > 0 ? positionals : Object.keys(WORKLOADS);
const outcomes: Outcome[] = [];
for (const name of names) {
  const workload = WORKLOADS[name];
  if (!workload) continue;
  const outcome = await measure(name, workload, flags.vs as PeerName[]);
  outcomes.push(outcome);
  console.log(renderTable([outcome]));
}
if (outcomes.length > 1) console.log(`\n${renderTable(outcomes)}`);
const machine = {
  date: new Date().toISOString(),
  node: process.version,
  cpus: cpus().length,
  model: cpus()[0]?.model,
};
if (flags.json) await writeFile(flags.json, `${JSON.stringify({ machine, runs, outcomes }, null, 2)}\n`);

/** Measures Rain, then each peer. The processes of each one end before the next one starts. */
async function measure(name: string, workload: Workload, vs: PeerName[]): Promise<Outcome> {
  const outcome: Outcome = {
    name,
    title: workload.title,
    unit: workload.unit,
    rain: await onRain(workload),
    peers: {},
  };
  for (const peer of vs) {
    const samples = await workload.peers?.[peer]?.(runs + 1);
    if (samples) outcome.peers[peer] = samples.slice(1);
  }
  return outcome;
}

async function onRain(workload: Workload): Promise<Sample[]> {
  const directory = await mkdtemp(join(tmpdir(), "rain-bench-"));
  let cluster: Promise<RainCluster> | undefined;
  const bench: Bench = {
    directory,
    rain: [process.execPath, BIN],
    cluster(env) {
      cluster ??= startRain(this.rain, directory, env);
      return cluster;
    },
  };
  try {
    const samples: Sample[] = [];
    for (let run = 0; run <= runs; run++) samples.push(await workload.rain(bench));
    return samples.slice(1);
  } finally {
    await (await cluster)?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
