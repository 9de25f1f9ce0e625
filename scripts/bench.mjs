import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// The benchmarks are TypeScript, which the oldest Node does not run: bundle them, then run the bundle.
const outdir = new URL("../dist/bench/", import.meta.url).pathname;
await build({
  entryPoints: ["bench/main.ts", "bench/peers/tcp-sender.ts"],
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
const { status } = spawnSync(process.execPath, [`${outdir}main.js`, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
