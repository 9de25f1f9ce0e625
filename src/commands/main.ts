import { Config, run, settings } from "@oclif/core";
import { RainError } from "../runtime/errors.ts";
import { suggest } from "../runtime/plugin/suggest.ts";
import { documentText } from "./ui/document.ts";
import { renderError, toRainError } from "./ui/errors.ts";

/**
 * Runs the command line `argv` of the package in the folder `root`. Prints errors, sets the exit code of the
 * process, and never rejects.
 */
export async function main(argv: string[], root: string): Promise<void> {
  handleProcessEvents();
  settings.tsnodeEnabled = false;
  const args = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  let command: string | undefined;
  try {
    const config = await Config.load({ root });
    command = commandOf(args, config);
    if (command === undefined) await runUnlisted(args, config);
    else await run(args, config);
  } catch (error) {
    await report(toRainError(error, command?.replace(":", " ")), wantsJson(args));
  }
}

function handleProcessEvents(): void {
  // Those of the library throw.
  process.stdout.removeAllListeners("error");
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A closed pipe, as with `rain logs | head`, ends the command quietly.
    if (error.code === "EPIPE") process.exit(0);
    console.error(`error: cannot write to standard output: ${error.message}`);
    process.exit(1);
  });
  // There is nowhere to report this, and a server must not end because of it.
  process.stderr.on("error", () => {});
  // Node would open its inspector, which runs any code.
  process.on("SIGUSR1", () => {});
}

/**
 * Runs a command of a plugin, or the help. Rain's own commands do not load plugins.
 * @throws USAGE for an unknown command
 */
async function runUnlisted(args: string[], config: Config): Promise<void> {
  const { pluginCommandsHelp, runPluginCommand } = await import("./support/plugin-commands.ts");
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith("-")) {
    await run(args, config);
    if (name === undefined || name === "--help" || name === "-h")
      process.stdout.write(await pluginCommandsHelp());
  } else if (!(await runPluginCommand(name, rest, config))) {
    throw unknownCommand(name, config);
  }
}

/** The id of the named command, or the topic alone. @throws USAGE for an unknown command of a topic */
function commandOf(args: readonly string[], config: Config): string | undefined {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  const [topic, word] = end < 0 ? args : args.slice(0, end);
  if (topic === undefined || config.commandIDs.includes(topic)) return topic;
  const isTopic = config.topics.some(({ name }) => name === topic);
  if (isTopic && word === undefined) return topic;
  if (!isTopic) return undefined;
  const id = `${topic}:${word}`;
  if (config.commandIDs.includes(id)) return id;
  throw unknownCommand(id, config);
}

function unknownCommand(id: string, config: Config): RainError {
  const asTyped = (known: string) => known.replace(":", " ");
  const suggestion = suggest(id, config.commandIDs);
  return new RainError("USAGE", `there is no command ${JSON.stringify(asTyped(id))}`, {
    hint: suggestion ? `Did you mean \`rain ${asTyped(suggestion)}\`?` : "`rain --help` lists the commands.",
  });
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

async function report(error: RainError, json: boolean): Promise<void> {
  process.exitCode = error.exitCode;
  if (json) console.log(documentText({ error: error.toJSON() }));
  else console.error(await renderError(error));
}
