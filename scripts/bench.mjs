import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// usage: bench.mjs main|profile [ARGUMENT…]
// The benchmarks are TypeScript, which the oldest Node does not run: bundle them, then run the bundle.
const outdir = new URL("../dist/bench/", import.meta.url).pathname;
await build({
  entryPoints: [
    "bench/main.ts",
    "bench/profile.ts",
    "bench/profiling/record.ts",
    "bench/peers/tcp-sender.ts",
  ],
  outdir,
  outbase: "bench",
  entryNames: "[name]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
});
const [program, ...args] = process.argv.slice(2);
const { status } = spawnSync(process.execPath, [`${outdir}${program}.js`, ...args], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
