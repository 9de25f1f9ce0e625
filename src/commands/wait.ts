import { RainError } from "../runtime/errors.ts";
import { sessionArg, sessionRef, timeoutFlag } from "./args.ts";
import { RainCommand } from "./base.ts";

export default class Wait extends RainCommand {
  static override summary = "Wait for the end of a session; the exit code says how it ended.";
  static override args = { session: sessionArg };
  static override flags = { timeout: timeoutFlag("Give up after this time, with exit code 5.") };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Wait);
    await this.limit(flags.timeout);
    const { explainEnd } = await import("./explain.ts");
    const client = await this.connect(flags.server);
    const session = await client.session(sessionRef(args.session));
    await session.waitAll({ signal: this.signal }).catch((error) => {
      throw explainEnd(session.id, RainError.from(error));
    });
    const { id, state, tasks } = await session.status();
    this.answer(flags.json, { session: id, state, tasks }, () => `Session ${id} is ${state}.`);
  }
}
