// Builds what the package ships: dist/index.js, a separate chunk with the code that needs apache-arrow, and type declarations. The
// bundles include every library, so that the plugin can be installed without a network.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

rmSync(`${here}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: { index: "src/index.ts" },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // The plugin needs only a few lines of Rain. Bundling them lets you install the plugin anywhere.
  alias: { "rain-tasks/plugin": "../../src/plugin.ts" },
  logLevel: "warning",
});
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "--project", `${here}tsconfig.build.json`], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
