// Builds what the package ships: dist/ (bundles and type declarations) and oclif.manifest.json. With --watch it builds the bundles
// again whenever a source file changes.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core";
import { build, context } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);

/** Every library goes into the bundles, so that an installed Rain starts fast and needs no other package. */
const BUNDLES = {
  absWorkingDir: root,
  entryPoints: {
    cli: "src/commands/main.ts",
    commands: "src/commands/index.ts",
    describe: "src/runtime/plugin/installed/describe-main.ts",
    index: "src/index.ts",
    plugin: "src/plugin.ts",
    testing: "src/testing.ts",
    executor: "src/runtime/executor/main.ts",
    remote: "src/tasks/remote.ts",
  },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // oclif looks for these two only when it runs TypeScript sources.
  external: ["typescript", "ts-node"],
  // CommonJS libraries inside an ES module need a `require` of their own.
  banner: {
    js: 'import { createRequire as rainCreateRequire } from "node:module"; const require = rainCreateRequire(import.meta.url);',
  },
  logLevel: "warning",
};

/** The compiler prints its errors itself. */
function emitTypes() {
  const tsc = require.resolve("typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--project", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}

/** Describes each command, so that oclif knows them before it loads any. */
async function writeManifest() {
  const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  writeFileSync(`${root}oclif.manifest.json`, `${JSON.stringify(plugin.manifest)}\n`);
}

rmSync(`${root}dist`, { recursive: true, force: true });
await build(BUNDLES);
await writeManifest();
emitTypes();
if (process.argv.includes("--watch")) {
  const watched = await context({ ...BUNDLES, logLevel: "info" });
  await watched.watch();
}
