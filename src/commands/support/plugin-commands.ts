import type { Config } from "@oclif/core";
import { messageOf, RainError } from "../../runtime/errors.ts";
import { rainHome } from "../../runtime/platform/files/rain-home.ts";
import {
  type InstalledPlugin,
  loadCommands,
  packageAt,
  readIndex,
  refOf,
  treeOf,
} from "../../runtime/plugin/installed/index.ts";
import { visibleLine, visibleText } from "../../runtime/visible-text.ts";
import { list } from "../ui/terminal/table.ts";

/**
 * Runs a command of an installed plugin. Returns false if no plugin has it.
 * @throws the error of the command
 */
export async function runPluginCommand(id: string, argv: string[], config: Config): Promise<boolean> {
  const home = rainHome();
  const hasCommand = ({ description }: InstalledPlugin) =>
    description.commands.some((command) => command.id === id);
  const plugin = (await readIndex(home)).find(hasCommand);
  if (plugin?.commandsEntry === undefined) return false;
  const { folder } = packageAt(treeOf(home, plugin), refOf(plugin));
  const command = (await loadCommands(`${folder}/${plugin.commandsEntry}`))[id];
  if (command === undefined) return false;
  if (argv.includes("--help") || argv.includes("-h")) {
    const { summary = "", description = "" } = command;
    console.log(
      [summary, description, `From the plugin ${plugin.name} ${plugin.version}.`]
        .filter(Boolean)
        .map(visibleText)
        .join("\n\n"),
    );
  } else {
    await command.run(argv, config).catch((error: unknown) => {
      throw explained(error, id, plugin);
    });
  }
  return true;
}

/** Names the plugin in an error of its command. Errors of oclif about the command line stay as they are. */
function explained(error: unknown, id: string, plugin: InstalledPlugin): unknown {
  if (error instanceof RainError || (error instanceof Error && "oclif" in error)) return error;
  const message = `\`rain ${id}\`, a command of the plugin ${plugin.name}, failed: ${messageOf(error)}`;
  return new RainError("START_FAILED", message, { cause: error });
}

/** The section of the help with the commands of plugins; empty if there are none. */
export async function pluginCommandsHelp(): Promise<string> {
  const commands = (await readIndex(rainHome())).flatMap(({ description }) => description.commands);
  if (commands.length === 0) return "";
  return `COMMANDS OF PLUGINS\n${list(commands.map(({ id, summary }) => [`  ${visibleLine(id)}`, visibleLine(summary)]))}\n`;
}
