import { RainError } from "../../errors.ts";
import type { PluginPackage } from "../../plugin/loading/package.ts";
import { firstOf, openSocket } from "./accept.ts";
import type { Executor, ExecutorDriver, StartExecutorOptions } from "./executor.ts";
import { JavaScriptExecutor } from "./javascript-executor.ts";
import { type CommandLine, launch } from "./process.ts";

/** Short tasks that are handed over at the same time, at most. */
const MAX_AHEAD = 256;

const HEAP_OPTION = "--max-old-space-size";

/** Content types of installed plugins, with the modules that define them. */
export type ContentTypeModules = [name: string, module: string][];

export interface JavaScriptDriverOptions {
  plugin: Pick<PluginPackage, "name" | "version">;
  /**
   * Returns the absolute path of the module once it is on this machine. @throws the error if it cannot be fetched
   */
  module: () => string | Promise<string>;
  contentTypes: () => ContentTypeModules;
  /** Path of the program that an executor runs: `dist/executor.js` of this package. */
  script: string;
}

/** Starts processes that run the task types of one plugin, on the same runtime as this process. */
export function javaScriptDriver({
  plugin,
  module,
  contentTypes,
  script,
}: JavaScriptDriverOptions): ExecutorDriver {
  const name = `plugin ${plugin.name}@${plugin.version}`;
  return {
    name,
    maxAhead: MAX_AHEAD,
    async start({ dir, socket: path, memory, log, signal }: StartExecutorOptions): Promise<Executor> {
      const modulePath = await module();
      const listener = await openSocket(path, name);
      try {
        const command = runtimeCommand(script, path, memory);
        const child = await launch({ name, command, dir, memory });
        try {
          const socket = await listener.connection(child, signal);
          const executor = new JavaScriptExecutor(child, socket, { dir, log });
          executor.init(modulePath, contentTypes());
          await firstOf(executor.ready, { name, child, signal, what: "loaded its plugin" });
          return executor;
        } catch (error) {
          child.kill();
          await child.exited;
          throw RainError.from(error, "EXECUTOR_FAILED");
        }
      } finally {
        listener.close();
      }
    },
  };
}

/** A limit of the heap gives a clearer error than the memory limit of the system. */
function runtimeCommand(script: string, socket: string, memory: number | undefined): CommandLine {
  const heap = memory === undefined ? [] : [`${HEAP_OPTION}=${Math.max(16, Math.floor(memory / 2 ** 20))}`];
  if (!("Deno" in globalThis)) return [process.execPath, ...heap, script, socket];
  return [
    process.execPath,
    "run",
    "-A",
    // Plugins find their libraries in their own `node_modules`, as under Node.
    "--node-modules-dir=manual",
    ...heap.map((option) => `--v8-flags=${option}`),
    script,
    socket,
  ];
}
