import { Args } from "@oclif/core";
import { RainCommand } from "../support/base.ts";

export default class PluginsInstall extends RainCommand {
  static override summary = "Install a plugin, or another version of it.";
  static override description =
    "Workers on this machine offer its task types at once. Other workers get the plugin from the server when a session needs it.";
  static override args = {
    package: Args.string({
      required: true,
      description:
        "arrow or python, which come with Rain; NAME or NAME@VERSION on npm, a tarball, a folder, or the address of a git repository.",
    }),
  };
  static override examples = [
    { description: "One that comes with Rain", command: "<%= config.bin %> plugins install arrow" },
    { description: "From npm", command: "<%= config.bin %> plugins install rain-words@1" },
    {
      description: "From a tarball of `npm pack`",
      command: "<%= config.bin %> plugins install ./rain-words-1.0.0.tgz",
    },
    {
      description: "From a git repository",
      command: "<%= config.bin %> plugins install github:somebody/rain-words",
    },
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInstall);
    const { installPlugin } = await import("../../runtime/plugin/installed/index.ts");
    const { visible } = await import("../ui/terminal/visible.ts");
    const { rainHome } = await import("../../runtime/platform/files/rain-home.ts");
    const { outcomeJson, renderInstalled } = await import("../ui/plugins-view.ts");

    const at = { home: rainHome(), signal: this.signal };
    const outcome = await installPlugin(args.package, at);
    this.answer(flags.json, outcomeJson(outcome), () => renderInstalled(visible(outcome)));
  }
}
