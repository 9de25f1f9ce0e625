import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { microseconds } from "./process-use.ts";
import { renderSummary } from "./profiling/render.ts";
import { Sources } from "./profiling/sources.ts";
import { type CpuProfile, summarize } from "./profiling/summary.ts";
import { type RainCluster, startRain } from "./rain-cluster.ts";
import type { Bench, Workload } from "./workload.ts";

import { WORKLOADS } from "./workloads/index.ts";

const USAGE = `usage: npm run bench:profile -- NAME [--top N] [--out DIR]

Runs a workload twice and shows where each process spent its CPU time in the second run. Writes the profiles of both runs to
DIR (default: a new temporary directory) as .cpuprofile files, which you can open in the developer tools of Chrome.

names: ${Object.keys(WORKLOADS).join(" ")}`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    top: { type: "string", default: "15" },
    help: { type: "boolean", default: false },
  },
});
const [name = ""] = positionals;
const workload = WORKLOADS[name];
const top = Number(flags.top);
if (flags.help || positionals.length !== 1 || !workload || !(top >= 1)) {
  console.error(USAGE);
  process.exit(flags.help ? 0 : 2);
}

const BIN = fileURLToPath(new URL("../../bin/rain.js", import.meta.url));
const out = flags.out ? resolve(flags.out) : await mkdtemp(join(tmpdir(), "rain-profile-"));
await mkdir(out, { recursive: true });
const measured = await run(workload);
if (!measured) {
  console.error(`${name} starts its processes itself, so they cannot be profiled`);
  process.exit(2);
}
const { span, amount, profiles } = measured;

const sources = new Sources();
for (const [title, profile] of profiles) {
  await writeFile(join(out, `${title}.cpuprofile`), JSON.stringify(profile));
  const summary = summarize(profile, span, (frame) => sources.of(frame));
  console.log(renderSummary(title, summary, { wall: span[1] - span[0], amount, top }));
}
console.log(`profiles: ${out}`);

/** Runs the workload twice, first as a warm-up. Returns the time span of the second run and the profiles of all processes. */
async function run(workload: Workload) {
  const directory = await mkdtemp(join(tmpdir(), "rain-bench-"));
  const recorded = join(directory, "profiles");
  await mkdir(recorded);
  const inspector = new Session();
  let cluster: RainCluster | undefined;
  const bench: Bench = {
    directory,
    rain: [process.execPath, BIN],
    async cluster() {
      cluster ??= await startRain(this.rain, directory, {
        NODE_OPTIONS: `--import ${new URL("./record.js", import.meta.url).href}`,
        BENCH_PROFILES: recorded,
      });
      return cluster;
    },
  };
  try {
    inspector.connect();
    await inspector.post("Profiler.enable");
    await inspector.post("Profiler.start");
    await workload.rain(bench);
    const begin = microseconds();
    const sample = await workload.rain(bench);
    const span = sample.span ?? ([begin, microseconds()] as const);
    const { profile } = await inspector.post("Profiler.stop");
    if (!cluster) return undefined;
    const { server, workers } = cluster.pids;
    await cluster.stop();
    cluster = undefined;
    const profiles: [title: string, CpuProfile][] = [["client", profile as CpuProfile]];
    for (const [i, pid] of [server, ...workers].entries()) {
      const text = await readFile(join(recorded, `${pid}.cpuprofile`), "utf8");
      profiles.splice(i, 0, [i === 0 ? "server" : `worker-${i}`, JSON.parse(text) as CpuProfile]);
    }
    return { span, amount: sample.amount, profiles };
  } finally {
    inspector.disconnect();
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
