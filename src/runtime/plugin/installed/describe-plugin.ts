import { pathToFileURL } from "node:url";
import { messageOf, RainError } from "../../errors.ts";
import type { ExecutorCommand } from "../contract/index.ts";
import { loadPlugin } from "../loading/load-plugin.ts";
import { createRegistry } from "../registry.ts";
import type { PluginDescription } from "./plugin-index.ts";

/** Of task types and commands: what can stand in a session file and a command line as it is. */
const NAME = /^[a-z][a-z0-9_-]*$/;

/** The plugin that Rain itself is. */
const RESERVED = "builtin";

/**
 * Imports the modules of a plugin, whose code then runs in this process, and asks it what it brings.
 * @throws START_FAILED, with what is wrong for the author of the plugin
 */
export async function describePlugin(
  module: string,
  commandsModule: string | undefined,
): Promise<PluginDescription> {
  const plugin = await loadPlugin(module);
  const { name, contentTypes = [], executor } = plugin;
  if (name === RESERVED) throw fault(`the name "${RESERVED}" is Rain's own`);
  const types = createRegistry([plugin]).describe();
  for (const type of types) checkName("task type", type.name.slice(name.length + 1));
  return {
    name,
    types,
    contentTypes: contentTypes.map((type) => type.name),
    ...(executor && { executor: plainCommand(executor) }),
    commands: commandsModule === undefined ? [] : describeCommands(await loadCommands(commandsModule)),
  };
}

/** A command of a plugin: a command class of oclif, or anything that runs as one does. */
export interface PluginCommand {
  summary?: string;
  description?: string;
  run(argv: string[], config: unknown): Promise<unknown>;
}

/** The commands that a module exports as `COMMANDS`, by their names. @throws START_FAILED */
export async function loadCommands(module: string): Promise<Record<string, PluginCommand>> {
  let exported: { COMMANDS?: unknown; default?: unknown };
  try {
    exported = await import(pathToFileURL(module).href);
  } catch (error) {
    throw fault(`${module} cannot be imported: ${messageOf(error)}`, error);
  }
  const commands = exported.COMMANDS ?? exported.default;
  if (typeof commands !== "object" || commands === null) {
    throw fault(`${module} exports no commands: it must export COMMANDS, the commands by their names`);
  }
  for (const [id, command] of Object.entries(commands)) {
    checkName("command", id);
    if (typeof command?.run !== "function") throw fault(`the command "${id}" of ${module} cannot be run`);
  }
  return commands as Record<string, PluginCommand>;
}

function plainCommand({ command, args = [], env = {} }: ExecutorCommand) {
  return { command, args: [...args], env: { ...env } };
}

function describeCommands(commands: Record<string, PluginCommand>): PluginDescription["commands"] {
  return Object.entries(commands).map(([id, { summary, description = "" }]) => ({
    id,
    summary: summary ?? description.split("\n")[0],
  }));
}

function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw fault(
    `${JSON.stringify(name)} is no name for a ${what}: it takes lower-case letters, digits, _ and -, a letter first`,
  );
}

function fault(message: string, cause?: unknown): RainError {
  return new RainError("START_FAILED", message, { cause });
}
