import { Args } from "@oclif/core";
import { RainCommand } from "./support/base.ts";

export default class Init extends RainCommand {
  static override summary = "Write a small session file to start from.";
  static override description =
    "The file runs as it is, and its comments say what to change. An existing file is not overwritten.";
  static override examples = [
    { description: "Write pipeline.yml, then run it", command: "<%= config.bin %> init pipeline" },
  ];
  static override args = {
    name: Args.string({ default: "session", description: "Name of the file; .yml is added. `-` is stdout." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const { newSessionText, writeNewSession } = await import("./support/session-template.ts");
    if (args.name === "-") {
      process.stdout.write(newSessionText("session.yml", this.config.version));
      return;
    }
    const file = await writeNewSession(args.name, this.config.version);
    this.answer(flags.json, { file }, (shown) => `Wrote ${shown.file}. Next: \`rain submit ${shown.file}\``);
  }
}
