import { defineConfig } from "vitest/config";

/** One folder of tests. Whatever a run leaves behind, a process or a file, fails it: see test/global-setup.ts. */
function suite(name: string, testTimeout: number) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup: ["test/global-setup.ts"],
      testTimeout,
      hookTimeout: 60_000,
    },
  };
}

export default defineConfig({
  test: {
    // The processes under test need the cpus too.
    maxWorkers: 2,
    projects: [
      suite("unit", 20_000),
      suite("integration", 120_000),
      suite("cli", 60_000),
      suite("deno", 60_000),
    ],
  },
});
