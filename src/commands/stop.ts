import { Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import type { Steps } from "./ui/terminal/steps.ts";

export default class Stop extends RainCommand {
  static override summary = "Stop the server and its workers.";
  static override description =
    "Cancels running sessions and deletes their objects. The next `rain start` shows the sessions and their logs again.";
  static override flags = {
    ...serverFlags,
    force: Flags.boolean({ summary: "Kill the processes on this machine at once." }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Stop);
    const { stopCluster } = await import("../runtime/launch/stop.ts");
    const { createSteps } = await import("./ui/terminal/steps.ts");

    const { address, credentials } = await this.findServer(flags);
    let steps: Steps | undefined;
    try {
      const { stopped, directory, leftover } = await stopCluster(
        { address, credentials, force: flags.force, signal: this.signal, log: await this.clientLog() },
        () => {
          steps = createSteps([`Stopping the server at ${address} and its workers`]);
        },
      );
      steps?.done(0, `Stopped the server at ${address} and its workers`);
      await steps?.end();
      if (leftover !== undefined) console.error(`cannot remove ${leftover}; remove it as its owner`);
      this.answer(flags.json, { address, stopped, directory, leftover }, () =>
        stopped ? stoppedText(directory) : `Nothing to stop: Rain is not running at ${address}.`,
      );
    } finally {
      await steps?.end();
    }
  }
}

function stoppedText(directory: string | undefined): string {
  return directory === undefined
    ? "Rain has stopped."
    : `The next \`rain start\` shows its sessions again. Its logs stay in ${directory}`;
}
