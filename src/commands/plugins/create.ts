import { Args } from "@oclif/core";
import { RainCommand } from "../support/base.ts";

export default class PluginsCreate extends RainCommand {
  static override summary = "Write a small plugin to start from in a new folder.";
  static override description =
    "The plugin has one task type with tests, needs no build, and can be installed as it is.";
  static override examples = [
    { description: "Create the plugin words", command: "<%= config.bin %> plugins create words" },
  ];
  static override args = {
    name: Args.string({
      required: true,
      description: "Name of the plugin, its folder, and the prefix of its task types.",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsCreate);
    const { createPlugin } = await import("../../runtime/plugin/installed/index.ts");

    const folder = await createPlugin(args.name);
    this.answer(flags.json, { name: args.name, folder }, (shown) =>
      [
        `Wrote the plugin ${shown.name} to ${shown.folder}`,
        `Next: \`npm test\` there, then \`rain plugins link ${shown.name}\` and \`rain tasks ${shown.name}/count\`.`,
      ].join("\n"),
    );
  }
}
