import { Args } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Why extends RainCommand {
  static override summary = "Explain why a task waits, where it ran, and why it failed or ran again.";
  static override description =
    "Shows every run of the task from the records of the server. For a task that has not run yet, shows what it waits for.";
  static override examples = [
    { description: "A task of a session file, by its key", command: "<%= config.bin %> why 3 report" },
    { description: "An instance of a task", command: '<%= config.bin %> why 3 "train[fold=1]"' },
  ];
  static override args = {
    session: sessionArg,
    task: Args.string({ required: true, description: "Key, name or number of the task." }),
  };
  static override flags = serverFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Why);
    const { renderStory } = await import("./ui/tasks/why-view.ts");
    const client = await this.connect(flags);
    const session = await client.session(sessionRef(args.session));
    const story = await session.why(args.task);
    this.answer(flags.json, story, renderStory);
  }
}
