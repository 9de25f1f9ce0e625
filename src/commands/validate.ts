import { Args } from "@oclif/core";
import { paramFlags } from "./args.ts";
import { RainCommand } from "./base.ts";

export default class Validate extends RainCommand {
  static override summary = "Check a session file without running it.";
  static override args = {
    file: Args.string({
      required: true,
      description: "Session file in YAML or JSON; - reads it from stdin.",
    }),
  };
  static override flags = { ...paramFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Validate);
    const { paramValues, readSessionFile } = await import("./session-input.ts");
    const { count } = await import("./ui/format.ts");
    const { name, counts } = await readSessionFile(args.file, paramValues(flags));
    const { objects, tasks, outputs, kept, saved } = counts;
    const parts = [count(objects, "object"), count(tasks, "task"), count(outputs, "output")];
    this.answer(
      flags.json,
      { name, ...counts },
      () => `${name} is valid: ${parts.join(", ")}; ${kept} kept, ${saved} saved.`,
    );
  }
}
