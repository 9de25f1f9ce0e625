import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// usage: fuzz.mjs [--seed TEXT] [--count N] [--entry NAME] [--from N]
// Bundles the fuzzer and runs the bundle, because Node 20 does not run TypeScript.
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
