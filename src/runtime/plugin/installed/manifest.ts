import { readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import * as v from "valibot";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";

const HINT = 'A plugin names its module in package.json: { "rain": "./index.js" }.';

const innerModule = v.pipe(
  v.string(),
  v.transform((path) => posix.normalize(path.replaceAll("\\", "/"))),
  v.check((path) => !path.startsWith("../") && !path.startsWith("/"), "expected a path within the package"),
);

const manifest = v.object({
  name: v.string(),
  version: v.optional(v.string(), "0.0.0"),
  rain: v.union([
    v.pipe(
      innerModule,
      v.transform((module) => ({ module, commands: undefined })),
    ),
    v.object({ module: innerModule, commands: v.optional(innerModule) }),
  ]),
});

/** The facts in the package.json of a plugin. */
export interface PluginManifest {
  /** npm name. */
  name: string;
  version: string;
  /** Path of the module with the plugin, within the package. */
  entry: string;
  /** Path of the module with the commands, if there are any. */
  commandsEntry: string | undefined;
}

/**
 * @param title the user's name for the package, for messages
 * @throws USAGE if the package in this folder is not a plugin, or lacks a module that it names
 */
export async function readManifest(folder: string, title: string): Promise<PluginManifest> {
  const path = join(folder, "package.json");
  const notPlugin = (why: string) =>
    new RainError("USAGE", `${title} is not a Rain plugin: ${why}`, { hint: HINT });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const missing = errnoOf(error) === "ENOENT";
    throw notPlugin(
      missing ? "it has no package.json" : `its package.json cannot be read: ${messageOf(error)}`,
    );
  }
  if (typeof json !== "object" || json === null || !("rain" in json)) {
    throw notPlugin('its package.json has no "rain" field');
  }
  const result = v.safeParse(manifest, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw notPlugin(`"${v.getDotPath(issue)}" of its package.json is invalid: ${issue.message}`);
  }
  const { name, version, rain } = result.output;
  for (const module of [rain.module, rain.commands]) {
    if (module === undefined) continue;
    const found = await stat(join(folder, module)).catch(() => undefined);
    if (!found?.isFile())
      throw notPlugin(`its package.json names the module ${module}, which does not exist`);
  }
  return { name, version, entry: rain.module, commandsEntry: rain.commands };
}
