import { Args, Flags } from "@oclif/core";
import { RainError } from "../runtime/errors.ts";
import type { LogEntry } from "../runtime/protocol/messages/index.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { readLogs, splitServerFlag } from "./support/log-query.ts";

const PRINTED_LINES = 3;

export default class Logs extends RainCommand {
  static override summary = "Show what happened: events, and what programs printed.";
  static override description =
    "Of what tasks print, the last lines are shown; name the task to see more. `--server` without an address shows what happened to the server and its workers, not to a session.";
  static override args = {
    session: Args.string({ description: "Id or name of the session; without it the newest." }),
    task: Args.string({ description: "Name or number of one task." }),
  };
  static override flags = {
    ...serverFlags,
    failed: Flags.boolean({ summary: "Only failures." }),
    worker: Flags.integer({ summary: "Only what happened on this worker.", helpValue: "ID", min: 1 }),
    follow: Flags.boolean({ char: "f", summary: "Go on with what happens from now, until Ctrl-C." }),
    "server-events": Flags.boolean({ hidden: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs, splitServerFlag(this.argv, "--server-events"));
    const { renderLogEntry } = await import("./ui/sessions/log-line.ts");
    const { json, follow, failed } = flags;
    const client = await this.connect(flags).catch(async (error) => {
      throw flags["server-events"] ? await withLogFiles(RainError.from(error)) : error;
    });
    const request = { ...args, worker: flags.worker, serverEvents: flags["server-events"], failed, follow };

    // In a long story a few lines of each task must do.
    const printedLines = failed || args.task !== undefined ? undefined : PRINTED_LINES;
    const entries: LogEntry[] = [];
    try {
      for await (const entry of readLogs(client, request, this.signal)) {
        if (!json) console.log(renderLogEntry(entry, printedLines));
        else if (follow) console.log(JSON.stringify(entry));
        else entries.push(entry);
      }
    } catch (error) {
      // To leave is the usual end of following.
      if (!follow || !this.signal.aborted) throw error;
      process.exitCode = 130;
    }
    if (json && !follow) console.log(JSON.stringify({ entries }, null, 2));
  }
}

/** Where a server that is gone has left its own log. */
async function withLogFiles(error: RainError): Promise<RainError> {
  const { rainHome } = await import("../runtime/platform/rain-home.ts");
  const hint = `The log files of every start on this machine are in ${rainHome()}/clusters.`;
  return new RainError(error.code, error.message, { hint, details: error.details });
}
