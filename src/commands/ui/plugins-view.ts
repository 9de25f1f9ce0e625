import type { InstalledPlugin, InstallOutcome } from "../../runtime/plugin/installed/index.ts";
import { style } from "./terminal/style.ts";
import { table } from "./terminal/table.ts";

/** The form of a plugin in `--json`. */
export function pluginJson({
  name,
  package: packageName,
  version,
  hash,
  integrity,
  source,
  description,
}: InstalledPlugin) {
  const { types, contentTypes, commands } = description;
  return {
    name,
    package: packageName,
    version,
    hash,
    integrity,
    from: source,
    taskTypes: types.map((type) => type.name),
    contentTypes,
    commands: commands.map(({ id }) => id),
  };
}

export function outcomeJson({ plugin, replaced }: InstallOutcome) {
  return { plugin: pluginJson(plugin), ...(replaced && { replaced: replaced.version }) };
}

export function renderInstalled({ plugin, replaced }: InstallOutcome): string {
  const { name, version, source, description } = plugin;
  const verb = source.kind === "link" ? "Linked" : "Installed";
  const former = replaced && replaced.version !== version ? ` in place of ${replaced.version}` : "";
  const offers = [...description.types.map((type) => type.name), ...description.contentTypes];
  const head = `${verb} ${name} ${version}${former}${offers.length > 0 ? `: ${offers.join(", ")}` : "."}`;
  const commands = description.commands.map(({ id }) => `\`rain ${id}\``);
  return commands.length > 0 ? `${head}\nNew commands: ${commands.join(", ")}` : head;
}

export function renderUpdated(outcomes: readonly InstallOutcome[]): string {
  if (outcomes.length === 0) return "No plugins are installed.";
  const lines = outcomes.map(({ plugin: { name, version, hash }, replaced }) => {
    if (replaced?.hash === hash) return `${name} ${version} is unchanged.`;
    return `${name} is updated${replaced?.version === version ? `; its version is still ${version}` : ` from ${replaced?.version} to ${version}`}.`;
  });
  return lines.join("\n");
}

export function renderPlugins(plugins: readonly InstalledPlugin[]): string {
  if (plugins.length === 0) {
    return "No plugins are installed. `rain plugins install PACKAGE` installs one (arrow and python come with Rain), `rain plugins create NAME` writes a new one.";
  }
  const columns = [{ title: "plugin" }, { title: "version" }, { title: "from" }, { title: "task types" }];
  const rows = plugins.map(({ name, version, source, description }) => [
    name,
    version,
    source.kind === "rain" ? "Rain" : `${source.kind} ${source.spec}`,
    description.types.map((type) => type.name).join(", ") || style.dim("none"),
  ]);
  return table(columns, rows);
}
