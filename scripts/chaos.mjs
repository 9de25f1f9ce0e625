import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// Bundles the harness and runs the bundle, because Node 20 does not run TypeScript.
const outdir = new URL("../dist/chaos/", import.meta.url).pathname;
await build({
  entryPoints: ["test/chaos/main.ts"],
  outdir,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
});
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", `${outdir}main.js`, ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
