import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The package under its own name, as plugins import it. */
const source = (file: string) => fileURLToPath(new URL(`src/${file}.ts`, import.meta.url));
const alias = [
  { find: /^rain-tasks$/, replacement: source("index") },
  { find: /^rain-tasks\/(plugin|testing)$/, replacement: source("$1") },
];

/** One folder of tests. Whatever a run leaves behind, a process or a file, fails it: see test/global-setup.ts. */
function suite(
  name: string,
  options: { testTimeout: number; built?: boolean; include?: string; exclude?: string; isolate?: false },
) {
  const setup = [options.built ? "test/build-setup.ts" : "test/executor-setup.ts"];
  return {
    resolve: { alias },
    test: {
      name,
      include: [options.include ?? `test/${name}/**/*.test.ts`],
      exclude: options.exclude ? [options.exclude] : [],
      isolate: options.isolate ?? true,
      globalSetup: [...setup, "test/global-setup.ts"],
      testTimeout: options.testTimeout,
      hookTimeout: 60_000,
    },
  };
}

export default defineConfig({
  test: {
    // The processes under test need the cpus too.
    maxWorkers: 2,
    projects: [
      // These share the modules that they load, which saves a third of their time.
      suite("unit", { testTimeout: 20_000, isolate: false, exclude: "**/*.mock.test.ts" }),
      suite("plugins", { testTimeout: 20_000, isolate: false, include: "plugins/*/test/**/*.test.ts" }),
      // Tests that mock a module need a copy of their own.
      suite("mocks", { testTimeout: 20_000, include: "test/unit/**/*.mock.test.ts" }),
      suite("integration", { testTimeout: 120_000 }),
      suite("cli", { testTimeout: 60_000, built: true }),
      suite("chaos", { testTimeout: 180_000, built: true }),
      suite("deno", { testTimeout: 60_000, built: true }),
    ],
  },
});
