import type { Client } from "../../runtime/client/index.ts";
import { RainError } from "../../runtime/errors.ts";
import { rainHome } from "../../runtime/platform/files/rain-home.ts";
import { installHint } from "../../runtime/plugin/first-party.ts";
import { readIndex, refOf } from "../../runtime/plugin/installed/index.ts";
import { createRegistry } from "../../runtime/plugin/registry.ts";
import { suggest } from "../../runtime/plugin/suggest.ts";
import type { TaskTypeInfo } from "../../runtime/protocol/messages/index.ts";
import { builtin } from "../../tasks/index.ts";
import remote from "../../tasks/remote.ts";

/** A task type as `rain tasks --json` prints it. */
export interface KnownType extends TaskTypeInfo {
  /** Its origin: `builtin`, the package of a plugin as NAME@VERSION, or the name of an executor. */
  from: string;
}

/** The task types and content types of this machine and, with a client, of the workers, ordered by name. */
export async function knownTypes(
  client: Client | undefined,
): Promise<{ types: KnownType[]; contentTypes: string[] }> {
  const installed = await readIndex(rainHome());
  const registry = createRegistry([builtin, remote]);
  const types = new Map<string, KnownType>();
  const contentTypes = new Set(registry.contentTypeNames());
  const add = (type: TaskTypeInfo) => types.set(keyOf(type), { ...type, from: originOf(type) });
  for (const type of registry.describe()) add(type);
  for (const plugin of installed) {
    for (const type of plugin.description.types) add({ ...type, plugin: refOf(plugin) });
    for (const name of plugin.description.contentTypes) contentTypes.add(name);
  }
  if (client) {
    for (const known of types.values()) known.workers = [];
    const offered = await client.taskTypes();
    for (const type of offered.types) add({ ...types.get(keyOf(type)), ...type });
    for (const name of offered.contentTypes) contentTypes.add(name);
  }
  const byName = (one: KnownType, other: KnownType) => (one.name < other.name ? -1 : 1);
  return { types: [...types.values()].sort(byName), contentTypes: [...contentTypes].sort() };
}

/** Finds a type by its name, with or without `builtin/`. @throws UNKNOWN_TASK_TYPE */
export function findType(types: readonly KnownType[], name: string): KnownType {
  const names = new Map<string, KnownType>();
  for (const type of [...types].reverse()) {
    for (const known of [type.name, ...(type.aliases ?? [])]) {
      names.set(known, type);
      if (type.from === "builtin") names.set(known.slice("builtin/".length), type);
    }
  }
  const found = names.get(name);
  if (found) return found;
  const near = suggest(name, names.keys());
  const install = installHint(name, names.keys());
  throw new RainError("UNKNOWN_TASK_TYPE", `there is no task type ${JSON.stringify(name)}`, {
    hint:
      install ??
      (near
        ? `Did you mean ${near}?`
        : "`rain tasks` lists the types known here; `rain plugins install PACKAGE` adds more."),
  });
}

/** Types of the same name in different packages are different. */
function keyOf({ name, plugin }: TaskTypeInfo): string {
  return `${name} ${plugin?.hash ?? ""}`;
}

function originOf({ name, plugin }: TaskTypeInfo): string {
  return plugin ? `${plugin.package}@${plugin.version}` : name.slice(0, name.indexOf("/"));
}
