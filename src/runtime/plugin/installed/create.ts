import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import { VERSION } from "../../protocol/version.ts";
import { linkRain } from "./tree.ts";

const TEMPLATE = join(PACKAGE_ROOT, "templates", "plugin");
const NAME = /^[a-z][a-z0-9_-]*$/;

/**
 * Writes a small plugin into a new folder of the same name, and returns its path.
 * @throws USAGE for an invalid name or an existing folder; IO
 */
export async function createPlugin(name: string): Promise<string> {
  if (!NAME.test(name) || name === "builtin") {
    const why =
      name === "builtin"
        ? "is reserved"
        : "may contain lower-case letters, digits, - and _, and must begin with a letter";
    throw new RainError("USAGE", `the name of a plugin ${why}: ${JSON.stringify(name)}`, {
      hint: "Choose another name, such as in `rain plugins create words`.",
    });
  }
  const folder = resolve(name);
  try {
    await mkdir(folder);
  } catch (error) {
    const isThere = errnoOf(error) === "EEXIST";
    if (!isThere) throw cannotWrite(folder, error);
    throw new RainError("USAGE", `${folder} already exists`, { hint: "Choose another name." });
  }
  try {
    await cp(TEMPLATE, folder, { recursive: true });
    for (const file of await readdir(folder)) await fillIn(join(folder, file), name);
    await writeFile(join(folder, ".gitignore"), "node_modules/\n*.tgz\n");
    await linkRain(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw cannotWrite(folder, error);
  }
  return folder;
}

async function fillIn(path: string, name: string): Promise<void> {
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replaceAll("__NAME__", name).replaceAll("__RAIN__", VERSION));
}

function cannotWrite(folder: string, error: unknown): RainError {
  return new RainError("IO", `cannot write ${folder}: ${messageOf(error)}`, { cause: error });
}
