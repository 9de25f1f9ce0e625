import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

let directory: string | undefined;

/** Bundles what executors run for tests that work from the sources. They find it in the folder `RAIN_TEST_EXECUTOR`. */
export async function setup(): Promise<void> {
  directory = mkdtempSync("/tmp/rain-executor-");
  await build({
    absWorkingDir: ROOT,
    entryPoints: { executor: "src/runtime/executor/main.ts", remote: "src/tasks/remote.ts" },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  process.env.RAIN_TEST_EXECUTOR = directory;
}

export function teardown(): void {
  if (directory) rmSync(directory, { recursive: true, force: true });
}
