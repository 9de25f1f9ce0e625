/** The plugins that come with Rain, by their short names. Each has a folder in `plugins/`. */
const NAMES: ReadonlySet<string> = new Set(["arrow", "python"]);

/** A request for a first-party plugin. */
export interface FirstParty {
  name: string;
  /** Absent if any version will do. */
  version: string | undefined;
}

/**
 * Reads `arrow`, `arrow@VERSION`, or the same with the name of the package, `rain-plugin-arrow`. Returns `undefined` for other specs.
 * These names never mean a package of npm, which may be somebody else's.
 */
export function parseFirstParty(spec: string): FirstParty | undefined {
  const [, name = "", version] = /^(?:rain-plugin-)?([a-z]+)(?:@(.*))?$/.exec(spec) ?? [];
  if (!NAMES.has(name)) return undefined;
  return { name, version: version === "latest" || version === "" ? undefined : version };
}

/** How to get an unknown task type. @param known the types that exist: a plugin that has some need not be installed */
export function installHint(taskType: string, known: Iterable<string> = []): string | undefined {
  const [name = "", ...rest] = taskType.split("/");
  if (rest.length === 0 || !NAMES.has(name)) return undefined;
  for (const type of known) if (type.startsWith(`${name}/`)) return undefined;
  return `\`rain plugins install ${name}\` adds the task types of ${name}.`;
}
