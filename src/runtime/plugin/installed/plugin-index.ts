import { link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { signal } from "../../platform/processes/identity.ts";
import type { PluginRef } from "../../protocol/messages/index.ts";
import { parse } from "../../protocol/messages/parse.ts";
import { executorCommand, pluginRef } from "../../protocol/messages/submission.ts";
import { taskTypeInfo } from "../../protocol/messages/tasks.ts";
import type { PluginPackage } from "../loading/package.ts";

/** The contents of a plugin, as described when it was installed. */
export const pluginDescription = v.object({
  /** Name of the plugin: the prefix of its task types. */
  name: v.string(),
  types: v.array(taskTypeInfo),
  contentTypes: v.array(v.string()),
  /** The program that runs its task types. */
  executor: v.optional(executorCommand),
  /** Commands that it adds to `rain`. */
  commands: v.array(v.object({ id: v.string(), summary: v.string() })),
});
export type PluginDescription = v.InferOutput<typeof pluginDescription>;

const installedPlugin = v.object({
  ...pluginRef.entries,
  source: v.object({
    kind: v.picklist(["rain", "npm", "tarball", "folder", "git", "link"]),
    /** The name of a plugin that comes with Rain; the spec for npm; the absolute path if the source is on this machine. */
    spec: v.string(),
  }),
  /** Hash of the package alone, in the form of npm. */
  integrity: v.optional(v.string()),
  /** Path of the module with commands, within the package. */
  commandsEntry: v.optional(v.string()),
  description: pluginDescription,
});
export type InstalledPlugin = v.InferOutput<typeof installedPlugin>;
export type PluginSource = InstalledPlugin["source"];

const index = v.object({ version: v.literal(1), plugins: v.array(installedPlugin) });

/** The folder of all installed plugins. */
export const pluginsFolder = (home: string): string => join(home, "plugins");

const indexPath = (home: string): string => join(pluginsFolder(home), "index.json");

/** The installed and linked plugins, ordered by name. @throws IO if the index cannot be read */
export async function readIndex(home: string): Promise<InstalledPlugin[]> {
  const path = indexPath(home);
  try {
    return parse(index, JSON.parse(await readFile(path, "utf8")), "index").plugins;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw new RainError("IO", `cannot read the list of plugins, ${path}: ${messageOf(error)}`, {
      hint: "Remove it and install the plugins again.",
      cause: error,
    });
  }
}

/**
 * Identifies the state of the index. Empty if there is none. Includes the inode, since every write makes a
 * new file and times are too coarse.
 */
export async function indexStamp(home: string): Promise<string> {
  const found = await stat(indexPath(home)).catch(() => undefined);
  return found ? `${found.ino} ${found.mtimeMs}` : "";
}

/** Writes the index to a draft file first, so that readers never see a part of it. */
export async function writeIndex(home: string, plugins: readonly InstalledPlugin[]): Promise<void> {
  const sorted = [...plugins].sort((one, other) => (one.name < other.name ? -1 : 1));
  const draft = `${indexPath(home)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify({ version: 1, plugins: sorted }, null, 2)}\n`);
  await rename(draft, indexPath(home));
}

/** The root folder of a plugin and its dependencies. */
export function treeOf(home: string, { name, source }: Pick<InstalledPlugin, "name" | "source">): string {
  return source.kind === "link" ? source.spec : join(pluginsFolder(home), name);
}

/** Describes a package whose tree is at this path. */
export function packageAt(tree: string, ref: PluginRef): PluginPackage {
  const { name, package: packageName, version, hash, executor } = ref;
  const folder = join(tree, ref.folder);
  return { name, package: packageName, version, hash, folder, module: join(folder, ref.entry), executor };
}

export function refOf({
  name,
  package: packageName,
  version,
  hash,
  folder,
  entry,
  description: { executor },
}: InstalledPlugin): PluginRef {
  return { name, package: packageName, version, hash, folder, entry, ...(executor && { executor }) };
}

/**
 * Runs `change` while no other process can change the plugins.
 * @throws ALREADY_RUNNING if another process does, IO if the folder cannot be written
 */
export async function whileLocked<T>(home: string, change: () => Promise<T>): Promise<T> {
  const path = join(pluginsFolder(home), "lock");
  await mkdir(pluginsFolder(home), { recursive: true });
  await lock(path);
  try {
    return await change();
  } finally {
    await rm(path, { force: true });
  }
}

async function lock(path: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, String(process.pid));
  try {
    // Unlike a rename, a link never replaces what is there.
    while (!(await link(draft, path).then(() => true, isTaken))) {
      const owner = Number(await readFile(path, "utf8").catch(() => ""));
      if (owner > 0 && signal(owner, 0)) {
        throw new RainError("ALREADY_RUNNING", `another command (process ${owner}) is changing the plugins`, {
          hint: "Wait until it ends and try again.",
        });
      }
      // A process that was killed left the lock behind.
      await rm(path, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (error.code === "EEXIST") return false;
  throw error;
}
