import { Args } from "@oclif/core";
import { RainCommand } from "../support/base.ts";

export default class PluginsUninstall extends RainCommand {
  static override summary = "Remove a plugin from this machine.";
  static override description =
    "Sessions that already use it continue. The folder of a linked plugin is not changed.";
  static override args = {
    plugin: Args.string({ required: true, description: "Name of the plugin or of its package." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUninstall);
    const { uninstallPlugin } = await import("../../runtime/plugin/installed/index.ts");
    const { rainHome } = await import("../../runtime/platform/files/rain-home.ts");
    const { pluginJson } = await import("../ui/plugins-view.ts");

    const plugin = await uninstallPlugin(args.plugin, rainHome());
    this.answer(
      flags.json,
      { plugin: pluginJson(plugin) },
      ({ plugin: { name, package: packageName, version } }) =>
        `Uninstalled ${name} (${packageName} ${version}).`,
    );
  }
}
