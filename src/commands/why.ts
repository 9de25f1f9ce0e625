import { Args } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Why extends RainCommand {
  static override summary = "Tell why a task waits, ran where it ran, failed or ran again.";
  static override description =
    "Tells each run of the task, from what the server has recorded, and of a task that has not run what it waits for.";
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
    this.answer(flags.json, story, () => renderStory(story));
  }
}
