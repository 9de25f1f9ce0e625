import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// usage: bench.mjs main|profile [ARGUMENT…]
// Bundles the benchmarks and runs the bundle, because Node 20 does not run TypeScript.
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
