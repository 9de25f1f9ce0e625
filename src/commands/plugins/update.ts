import { Args } from "@oclif/core";
import type { InstallOutcome } from "../../runtime/plugin/installed/index.ts";
import { RainCommand } from "../support/base.ts";

export default class PluginsUpdate extends RainCommand {
  static override summary = "Install plugins again from where they came.";
  static override description =
    "A plugin that was installed as NAME gets the latest version, one installed as NAME@VERSION what that names now.";
  static override args = {
    plugin: Args.string({ description: "Name of the plugin or of its package. Default: all of them." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUpdate);
    const { readIndex, updatePlugin } = await import("../../runtime/plugin/installed/index.ts");
    const { rainHome } = await import("../../runtime/platform/rain-home.ts");
    const { outcomeJson, renderUpdated } = await import("../ui/plugins-view.ts");

    const at = { home: rainHome(), signal: this.signal };
    const names =
      args.plugin === undefined ? (await readIndex(at.home)).map(({ name }) => name) : [args.plugin];
    const outcomes: InstallOutcome[] = [];
    for (const name of names) outcomes.push(await updatePlugin(name, at));
    this.answer(flags.json, { plugins: outcomes.map(outcomeJson) }, () => renderUpdated(outcomes));
  }
}
