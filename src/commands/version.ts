import { RainCommand } from "./support/base.ts";

export default class Version extends RainCommand {
  static override summary = "Show the version of Rain and of its runtime.";

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const { platform, arch, versions } = process;
    const runtime = "deno" in versions ? `deno ${versions.deno}` : `node ${versions.node}`;
    const document = { rain: this.config.version, runtime, platform: `${platform} ${arch}` };
    this.answer(flags.json, document, (shown) => `rain ${shown.rain}, ${shown.runtime}, ${shown.platform}`);
  }
}
