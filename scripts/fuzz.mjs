import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// usage: fuzz.mjs [--seed TEXT] [--count N] [--entry NAME] [--from N]
// The fuzzer is TypeScript, which the oldest Node does not run: bundle it, then run the bundle.
const outfile = new URL("../dist/fuzz/main.js", import.meta.url).pathname;
await build({
  entryPoints: ["test/fuzz/main.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
