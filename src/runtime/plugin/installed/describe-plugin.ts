import { pathToFileURL } from "node:url";
import { messageOf, RainError } from "../../errors.ts";
import type { ExecutorCommand } from "../contract/index.ts";
import { loadPlugin } from "../loading/load-plugin.ts";
import { provideRain } from "../loading/provide-rain.ts";
import { createRegistry } from "../registry.ts";
import type { PluginDescription } from "./plugin-index.ts";

/** Names of task types and commands that need no quotes in session files and on command lines. */
const NAME = /^[a-z][a-z0-9_-]*$/;

/** The name of Rain's own task types. */
const RESERVED = "builtin";

/**
 * Imports the modules of a plugin into this process, and describes its contents.
 * @throws START_FAILED, with a message for the author of the plugin
 */
export async function describePlugin(
  module: string,
  commandsModule: string | undefined,
): Promise<PluginDescription> {
  const plugin = await loadPlugin(module);
  const { name, contentTypes = [], executor } = plugin;
  if (name === RESERVED) throw fault(`the name "${RESERVED}" is reserved for Rain`);
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

/** A command of a plugin: a command class of oclif, or an object with the same `run`. */
export interface PluginCommand {
  summary?: string;
  description?: string;
  run(argv: string[], config: unknown): Promise<unknown>;
}

/** The commands that a module exports as `COMMANDS`, by their names. @throws START_FAILED */
export async function loadCommands(module: string): Promise<Record<string, PluginCommand>> {
  let exported: { COMMANDS?: unknown; default?: unknown };
  provideRain(module);
  try {
    exported = await import(pathToFileURL(module).href);
  } catch (error) {
    throw fault(`${module} cannot be imported: ${messageOf(error)}`, error);
  }
  const commands = exported.COMMANDS ?? exported.default;
  if (typeof commands !== "object" || commands === null) {
    throw fault(`${module} must export COMMANDS, an object with the commands by name`);
  }
  const checked: Record<string, PluginCommand> = {};
  for (const [id, command] of Object.entries(commands)) {
    checkName("command", id);
    if (!isCommand(command)) throw fault(`the command "${id}" of ${module} cannot be run`);
    checked[id] = command;
  }
  return checked;
}

/** A class is a function, with `run` as a static method. */
function isCommand(value: unknown): value is PluginCommand {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return "run" in value && typeof value.run === "function";
}

function plainCommand({ command, args = [], env = {} }: ExecutorCommand) {
  return { command, args: [...args], env: { ...env } };
}

function describeCommands(commands: Record<string, PluginCommand>): PluginDescription["commands"] {
  return Object.entries(commands).map(([id, { summary, description = "" }]) => ({
    id,
    summary: summary ?? description.replace(/\n.*/s, ""),
  }));
}

function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw fault(
    `${JSON.stringify(name)} is not a valid name for a ${what}: it may contain lower-case letters, digits, _ and -, and must begin with a letter`,
  );
}

function fault(message: string, cause?: unknown): RainError {
  return new RainError("START_FAILED", message, { cause });
}
