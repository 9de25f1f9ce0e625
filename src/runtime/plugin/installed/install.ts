import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { RainError } from "../../errors.ts";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import { VERSION } from "../../protocol/version.ts";
import { type FirstParty, parseFirstParty } from "../first-party.ts";
import { suggest } from "../suggest.ts";
import { describeInProcess } from "./describe.ts";
import { readManifest } from "./manifest.ts";
import { type NpmPackage, npmInstall } from "./npm.ts";
import {
  type InstalledPlugin,
  type PluginSource,
  pluginsFolder,
  readIndex,
  treeOf,
  whileLocked,
  writeIndex,
} from "./plugin-index.ts";
import { hashPlugin, linkRain } from "./tree.ts";

/** The folder of plugins, and the signal that stops a change. */
export interface Installation {
  /** `$RAIN_HOME` */
  home: string;
  signal: AbortSignal;
}

/** The result for one plugin. */
export interface InstallOutcome {
  plugin: InstalledPlugin;
  /** The plugin that it replaced. */
  replaced: InstalledPlugin | undefined;
}

/** Prefix of folders that are incomplete or no longer needed. */
const TEMPORARY = ".tmp-";

/**
 * Installs a plugin from npm, a tarball, a folder or git, and replaces another version of the same package.
 * If anything fails, nothing changes.
 * @throws USAGE if it is not a plugin or its name is taken; START_FAILED for a broken plugin; IO;
 * ALREADY_RUNNING
 */
export function installPlugin(spec: string, at: Installation): Promise<InstallOutcome> {
  return whileLocked(at.home, async () => install(await sourceOf(spec), at));
}

/**
 * Uses a plugin directly from its folder, for development. Nothing is written there.
 * @throws as `installPlugin`
 */
export function linkPlugin(path: string, at: Installation): Promise<InstallOutcome> {
  const spec = resolve(path);
  return whileLocked(at.home, async () => {
    await readManifest(spec, spec);
    const plugin = await examine(spec, "", spec, { kind: "link", spec }, at);
    const replaced = await findReplaced(plugin, at.home);
    await addToIndex(plugin, at.home);
    if (replaced && replaced.source.kind !== "link")
      await rm(treeOf(at.home, replaced), { recursive: true, force: true });
    return { plugin, replaced };
  });
}

/** Installs a plugin again from its source. @throws NOT_FOUND, and as `installPlugin` */
export async function updatePlugin(name: string, at: Installation): Promise<InstallOutcome> {
  const { source } = findInstalled(await readIndex(at.home), name);
  if (source.kind === "link") return linkPlugin(source.spec, at);
  return whileLocked(at.home, () => install(source, at));
}

/** @throws NOT_FOUND, ALREADY_RUNNING */
export function uninstallPlugin(name: string, home: string): Promise<InstalledPlugin> {
  return whileLocked(home, async () => {
    const plugins = await readIndex(home);
    const found = findInstalled(plugins, name);
    await writeIndex(
      home,
      plugins.filter((plugin) => plugin !== found),
    );
    if (found.source.kind !== "link") await rm(treeOf(home, found), { recursive: true, force: true });
    return found;
  });
}

/** Finds a plugin by its name or that of its package. @throws NOT_FOUND */
export function findInstalled(plugins: readonly InstalledPlugin[], name: string): InstalledPlugin {
  const found = plugins.find((plugin) => plugin.name === name || plugin.package === name);
  if (found) return found;
  const near = suggest(
    name,
    plugins.map((plugin) => plugin.name),
  );
  throw new RainError("NOT_FOUND", `the plugin ${JSON.stringify(name)} is not installed`, {
    hint: near ? `Did you mean ${near}?` : "`rain plugins list` shows the installed plugins.",
  });
}

async function install(source: PluginSource, at: Installation): Promise<InstallOutcome> {
  const spec = specOf(source);
  if (source.kind === "folder" || source.kind === "rain") await readManifest(spec, source.spec);
  const folder = pluginsFolder(at.home);
  await clearTemporary(folder);
  const temporary = await mkdtemp(join(folder, TEMPORARY));
  try {
    const npm = await npmInstall(temporary, spec, at.signal);
    const tree = join(temporary, "tree");
    await mkdir(tree);
    await rename(join(temporary, "node_modules"), join(tree, "node_modules"));
    await linkRain(tree);
    const known = { ...source, kind: kindOf(source, npm) };
    const plugin = await examine(tree, `node_modules/${npm.name}`, npm.name, known, at);
    if (npm.integrity !== undefined) plugin.integrity = npm.integrity;
    const replaced = await findReplaced(plugin, at.home);
    at.signal.throwIfAborted();
    await exchange(tree, treeOf(at.home, plugin), join(temporary, "former"), () =>
      addToIndex(plugin, at.home),
    );
    return { plugin, replaced };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Replaces a folder by another one. If `confirm` fails, restores the former one. */
async function exchange(
  folder: string,
  target: string,
  backup: string,
  confirm: () => Promise<void>,
): Promise<void> {
  const hasFormer = await rename(target, backup).then(() => true, ignoreMissing);
  try {
    await rename(folder, target);
    await confirm();
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    if (hasFormer) await rename(backup, target);
    throw error;
  }
}

/** The index entry of the plugin in a tree. */
async function examine(
  tree: string,
  packageFolder: string,
  title: string,
  source: PluginSource,
  { signal }: Installation,
): Promise<InstalledPlugin> {
  const folder = join(tree, packageFolder);
  const { name, version, entry, commandsEntry } = await readManifest(folder, title);
  const description = await describeInProcess({
    title,
    folder,
    module: join(folder, entry),
    commands: commandsEntry && join(folder, commandsEntry),
    signal,
  });
  const hash = await hashPlugin(tree);
  return {
    name: description.name,
    package: name,
    version,
    hash,
    folder: packageFolder,
    entry,
    source,
    ...(commandsEntry !== undefined && { commandsEntry }),
    description,
  };
}

/** The installed plugin that this one replaces. @throws USAGE if its name belongs to another package */
async function findReplaced(plugin: InstalledPlugin, home: string): Promise<InstalledPlugin | undefined> {
  const former = (await readIndex(home)).find(({ name }) => name === plugin.name);
  if (former === undefined || former.package === plugin.package) return former;
  throw new RainError(
    "USAGE",
    `the package ${plugin.package} has a plugin "${plugin.name}", but so does ${former.package}, which is installed`,
    { hint: `Uninstall the other one first: \`rain plugins uninstall ${plugin.name}\`.` },
  );
}

async function addToIndex(plugin: InstalledPlugin, home: string): Promise<void> {
  const others = (await readIndex(home)).filter(({ name }) => name !== plugin.name);
  await writeIndex(home, [...others, plugin]);
}

/** Makes the path of a local package absolute. Other specs stay as they are. @throws USAGE */
async function sourceOf(spec: string): Promise<PluginSource> {
  const ours = parseFirstParty(spec);
  if (ours) return firstPartySource(ours);
  const path = resolve(spec.replace(/^~(?=\/|$)/, homedir()));
  const looksLocal = /^[.~]{0,2}\/|^\.{1,2}$|\.(tgz|tar\.gz|tar)$/.test(spec) && !/^[\w+]+:/.test(spec);
  const found = looksLocal || spec.includes("/") ? await stat(path).catch(() => undefined) : undefined;
  if (found) return { kind: found.isDirectory() ? "folder" : "tarball", spec: path };
  if (!looksLocal) return { kind: "npm", spec };
  throw new RainError("USAGE", `there is nothing at ${path}`, { hint: "Check the path." });
}

function firstPartySource({ name, version = VERSION }: FirstParty): PluginSource {
  if (version === VERSION) return { kind: "rain", spec: name };
  throw new RainError("USAGE", `the plugin ${name} comes with Rain, in version ${VERSION}, not ${version}`, {
    hint: `\`rain plugins install ${name}\` installs it.`,
  });
}

/** What npm installs. The plugins that come with Rain are folders of its package. */
function specOf({ kind, spec }: PluginSource): string {
  return kind === "rain" ? join(PACKAGE_ROOT, "plugins", spec) : spec;
}

function kindOf({ kind }: PluginSource, { resolved = "" }: NpmPackage): PluginSource["kind"] {
  if (kind !== "npm") return kind;
  if (resolved.startsWith("git+")) return "git";
  return kind;
}

/** Removes the folders of a command that was killed. The lock excludes other commands. */
async function clearTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(TEMPORARY)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): false {
  if (error.code === "ENOENT") return false;
  throw error;
}
