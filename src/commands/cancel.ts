import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Cancel extends RainCommand {
  static override summary = "Cancel a session and stop its programs.";
  static override args = { session: sessionArg };
  static override flags = serverFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cancel);
    const client = await this.connect(flags);
    const session = await client.session(sessionRef(args.session));
    await session.cancel();
    const summary = await client.findSession(session.id);
    this.answer(flags.json, summary, ({ state }) => `Session ${session.id} is ${state}.`);
  }
}
