import { Args } from "@oclif/core";
import type { InstallOutcome } from "../../runtime/plugin/installed/index.ts";
import { RainCommand } from "../support/base.ts";

export default class PluginsUpdate extends RainCommand {
  static override summary = "Reinstall plugins from their sources.";
  static override description =
    "A plugin installed as NAME gets the latest version; one installed as NAME@VERSION gets what that now refers to.";
  static override args = {
    plugin: Args.string({ description: "Name of the plugin or of its package. Default: all plugins." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUpdate);
    const { readIndex, updatePlugin } = await import("../../runtime/plugin/installed/index.ts");
    const { visible } = await import("../ui/terminal/visible.ts");
    const { rainHome } = await import("../../runtime/platform/files/rain-home.ts");
    const { outcomeJson, renderUpdated } = await import("../ui/plugins-view.ts");

    const at = { home: rainHome(), signal: this.signal };
    const names =
      args.plugin === undefined ? (await readIndex(at.home)).map(({ name }) => name) : [args.plugin];
    const outcomes: InstallOutcome[] = [];
    for (const name of names) outcomes.push(await updatePlugin(name, at));
    this.answer(flags.json, { updates: outcomes.map(outcomeJson) }, () => renderUpdated(visible(outcomes)));
  }
}
