import { Args, Flags } from "@oclif/core";
import { RainError } from "../runtime/errors.ts";
import type { LogEntry } from "../runtime/protocol/messages/index.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { readLogs, splitServerFlag } from "./support/log-query.ts";

const PRINTED_LINES = 3;

export default class Logs extends RainCommand {
  static override summary = "Show events and the output of programs.";
  static override description =
    "Shows the last lines that each task printed; name a task to see more. `--server` without an address shows the events of the server and its workers instead of those of a session.";
  static override args = {
    session: Args.string({ description: "Id or name of the session. Default: the newest." }),
    task: Args.string({ description: "Name or number of one task." }),
  };
  static override flags = {
    ...serverFlags,
    failed: Flags.boolean({ summary: "Show only failures." }),
    worker: Flags.integer({ summary: "Show only events of this worker.", helpValue: "ID", min: 1 }),
    follow: Flags.boolean({
      char: "f",
      summary: "Keep showing new events until the session has ended or Ctrl-C.",
    }),
    "server-events": Flags.boolean({ hidden: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs, splitServerFlag(this.argv, "--server-events"));
    const { documentLine, documentText } = await import("./ui/document.ts");
    const { visible } = await import("./ui/terminal/visible.ts");
    const { renderLogEntry } = await import("./ui/sessions/log-line.ts");
    const { json, follow, failed } = flags;
    const client = await this.connect(flags).catch(async (error) => {
      throw flags["server-events"] ? await withLogFiles(RainError.from(error)) : error;
    });
    const request = { ...args, worker: flags.worker, serverEvents: flags["server-events"], failed, follow };

    // The log of a whole session shows only a few lines of each task.
    const printedLines = failed || args.task !== undefined ? undefined : PRINTED_LINES;
    const entries: LogEntry[] = [];
    try {
      for await (const entry of readLogs(client, request, this.signal)) {
        if (!json) console.log(renderLogEntry(visible(entry), printedLines));
        else if (follow) console.log(documentLine(entry));
        else entries.push(entry);
      }
    } catch (error) {
      // Ctrl-C is a usual end of --follow.
      if (!follow || !this.signal.aborted) throw error;
      process.exitCode = 130;
    }
    if (json && !follow) console.log(documentText({ entries }));
  }
}

/** Adds the directory of the log files to the error of an unreachable server. */
async function withLogFiles(error: RainError): Promise<RainError> {
  const { rainHome } = await import("../runtime/platform/files/rain-home.ts");
  const hint = `The log files of every start on this machine are in ${rainHome()}/clusters.`;
  return new RainError(error.code, error.message, { hint, details: error.details });
}
