import { RainError } from "../runtime/errors.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags, timeoutFlag } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Wait extends RainCommand {
  static override summary = "Wait until a session ends; the exit code says how.";
  static override description = "Answers as `rain submit` does.";
  static override args = { session: sessionArg };
  static override flags = {
    ...serverFlags,
    timeout: timeoutFlag("Stop waiting after this time, with exit code 5."),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Wait);
    await this.limit(flags.timeout);
    const { explainEnd, outcomeOf } = await import("../runtime/run-file/index.ts");
    const client = await this.connect(flags, { patient: true });
    const session = await client.session(sessionRef(args.session));
    const error = await session.waitAll({ signal: this.signal }).then(() => undefined, RainError.from);
    if (error?.code === "SERVER_LOST") throw error;
    const status = await session.status();
    const explained = error && explainEnd(status, error);
    await this.answerOutcome(flags.json, outcomeOf(status, undefined, undefined, explained), explained);
  }
}
