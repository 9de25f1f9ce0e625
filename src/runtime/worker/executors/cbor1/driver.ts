import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { RainError } from "../../../errors.ts";
import { Listener } from "../../../executor/cbor1/index.ts";
import type { ExecutorCommand } from "../../../plugin/contract/index.ts";
import { resolveCommand } from "../../../plugin/loading/executor-command.ts";
import { firstOf } from "../accept.ts";
import type { Executor, ExecutorDriver, StartExecutorOptions } from "../executor.ts";
import { launch } from "../process.ts";
import { CommandExecutor } from "./executor.ts";

export interface CommandDriverOptions extends ExecutorCommand {
  /** The name by which it registers: the prefix of its task types. */
  name: string;
  /** Folder for words of the command that begin with `./`. Called before each start. */
  folder: () => string | Promise<string>;
}

/** Starts processes of a program in any language that speaks cbor-1. */
export function commandDriver({ name, folder, ...given }: CommandDriverOptions): ExecutorDriver {
  return {
    name,
    maxAhead: 1,
    async start({ id, dir, socket, memory, log, signal }: StartExecutorOptions): Promise<Executor> {
      const { command, args, env } = resolveCommand(given, await folder());
      await checkProgram(command, name, dir);
      const listener = await Listener.open(socket, name);
      try {
        const variables = { RAIN_EXECUTOR_SOCKET: socket, RAIN_EXECUTOR_ID: String(id) };
        const child = await launch({
          name,
          command: [command, ...args],
          dir,
          env: { ...env, ...variables },
          memory,
        });
        try {
          const registered = listener.registered.catch((error: RainError) => {
            throw new RainError("EXECUTOR_FAILED", `executor ${name}: ${error.message}`);
          });
          const connection = await firstOf(registered, { name, child, signal, what: "registered" });
          return new CommandExecutor(name, child, connection, { dir, log });
        } catch (error) {
          child.kill();
          await child.exited;
          throw error;
        }
      } finally {
        listener.close();
      }
    },
  };
}

/**
 * Checks that the program can be run, since the shell that starts it gives worse messages. @throws
 * EXECUTOR_FAILED
 */
async function checkProgram(command: string, name: string, cwd: string): Promise<void> {
  const { PATH = "" } = process.env;
  const places = command.includes("/")
    ? [resolve(cwd, command)]
    : PATH.split(delimiter).map((folder) => join(folder, command));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      return;
    } catch {
      // The next folder of PATH may have it.
    }
  }
  const where = command.includes("/") ? "" : ` in PATH (${PATH})`;
  throw new RainError(
    "EXECUTOR_FAILED",
    `executor ${name} cannot be started: the program ${command} was not found${where}, or may not be run`,
    { hint: `Install ${command} on the worker's machine.` },
  );
}
