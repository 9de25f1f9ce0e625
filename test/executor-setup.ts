import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

let directory: string | undefined;

/** Bundles the program of executors for tests that run from the sources. They find it by `RAIN_TEST_EXECUTOR`. */
export async function setup(): Promise<void> {
  directory = mkdtempSync("/tmp/rain-executor-");
  const outfile = join(directory, "executor.mjs");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/runtime/executor/main.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  process.env.RAIN_TEST_EXECUTOR = outfile;
}

export function teardown(): void {
  if (directory) rmSync(directory, { recursive: true, force: true });
}
