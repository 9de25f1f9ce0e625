import { Args } from "@oclif/core";
import { RainCommand } from "../support/base.ts";

export default class PluginsLink extends RainCommand {
  static override summary = "Use a plugin directly from its folder, for development.";
  static override description =
    "Changes to its code apply from the next submit. Link it again after adding a task type.";
  static override args = {
    folder: Args.string({ required: true, description: "Folder of the plugin's package." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsLink);
    const { linkPlugin } = await import("../../runtime/plugin/installed/index.ts");
    const { visible } = await import("../ui/terminal/visible.ts");
    const { rainHome } = await import("../../runtime/platform/files/rain-home.ts");
    const { outcomeJson, renderInstalled } = await import("../ui/plugins-view.ts");

    const at = { home: rainHome(), signal: this.signal };
    const outcome = await linkPlugin(args.folder, at);
    this.answer(flags.json, outcomeJson(outcome), () => renderInstalled(visible(outcome)));
  }
}
