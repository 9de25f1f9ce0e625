import { RainCommand } from "../support/base.ts";

export default class PluginsList extends RainCommand {
  static override summary = "List the plugins on this machine and their task types.";

  async run(): Promise<void> {
    const { flags } = await this.parse(PluginsList);
    const { readIndex } = await import("../../runtime/plugin/installed/index.ts");
    const { visible } = await import("../ui/terminal/visible.ts");
    const { rainHome } = await import("../../runtime/platform/files/rain-home.ts");
    const { pluginJson, renderPlugins } = await import("../ui/plugins-view.ts");

    const plugins = await readIndex(rainHome());
    this.answer(flags.json, { plugins: plugins.map(pluginJson) }, () => renderPlugins(visible(plugins)));
  }
}
