// Builds the part of the plugin that Rain reads, dist/index.js. The executor in python/ ships as it is.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

rmSync(`${here}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/index.ts"],
  outfile: "dist/index.js",
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // The plugin needs only a few lines of Rain. Bundling them lets you install the plugin anywhere.
  alias: { "rain-tasks/plugin": "../../src/plugin.ts" },
  logLevel: "warning",
});
