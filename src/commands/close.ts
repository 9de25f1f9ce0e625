import { Args, Flags } from "@oclif/core";
import { RainError } from "../runtime/errors.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionRef } from "./support/session-arg.ts";

export default class Close extends RainCommand {
  static override summary = "Close sessions: stop their programs and free their kept objects.";
  static override examples = [
    { description: "Several sessions", command: "<%= config.bin %> close 3 4 training" },
    { description: "All that have ended", command: "<%= config.bin %> close --ended" },
  ];
  static override args = {
    session: Args.string({ multiple: true, description: "Ids or names of sessions." }),
  };
  static override flags = {
    ...serverFlags,
    ended: Flags.boolean({ summary: "Close all sessions that have ended." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Close);
    const { closeSessions } = await import("./support/close-sessions.ts");
    const refs = args.session ?? [];
    if (refs.length === 0 && !flags.ended) {
      throw new RainError("USAGE", "no session is named", {
        hint: "Name one or several, or use --ended for all that have ended. `rain status` lists them.",
      });
    }
    const client = await this.connect(flags);
    const sessions = await closeSessions(client, refs.map(sessionRef), { ended: flags.ended });
    this.answer(flags.json, { sessions }, () =>
      sessions.length === 0
        ? "No session has ended."
        : sessions.map(({ session }) => `Session ${session} is closed.`).join("\n"),
    );
  }
}
