// Builds the contents of the package: dist/ (bundles and type declarations) and oclif.manifest.json. With --watch, rebuilds the
// bundles whenever a source file changes.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core";
import { build, context } from "esbuild";
import ts from "typescript";
import { flattenTypes } from "./flatten-types.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The bundles include every library, so that an installed Rain starts fast and needs no other package. */
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
  // Every command and process compiles what it loads. Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // oclif uses these two only when it runs TypeScript sources.
  external: ["typescript", "ts-node"],
  // CommonJS libraries in an ES module need a `require` function.
  banner: {
    js: 'import { createRequire as rainCreateRequire } from "node:module"; const require = rainCreateRequire(import.meta.url);',
  },
  logLevel: "warning",
};

function emitTypes() {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => {
      throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
    },
  };
  const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.build.json`, {}, host);
  const program = ts.createProgram(fileNames, options);
  const { diagnostics } = program.emit();
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) {
    process.stderr.write(ts.formatDiagnostics(faults, ts.createCompilerHost(options)));
    process.exitCode = 1;
    return;
  }
  const declarations = `${root}dist/types/runtime/protocol/messages/`;
  const types = flattenTypes(program, `${root}src/runtime/protocol/messages/index.ts`);
  rmSync(declarations, { recursive: true });
  mkdirSync(declarations);
  writeFileSync(`${declarations}index.d.ts`, types);
}

/** Writes descriptions of all commands, so that oclif need not load the commands to know them. */
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
