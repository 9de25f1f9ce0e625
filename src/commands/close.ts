import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Close extends RainCommand {
  static override summary = "Close a session: stop its programs and free its kept objects.";
  static override args = { session: sessionArg };
  static override flags = serverFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Close);
    const client = await this.connect(flags);
    const session = await client.session(sessionRef(args.session));
    await session.close();
    this.answer(
      flags.json,
      { session: session.id, state: "closed" },
      () => `Session ${session.id} is closed.`,
    );
  }
}
