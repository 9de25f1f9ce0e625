import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { InstalledPlugin } from "../../../../../src/runtime/plugin/installed/index.ts";
import { hashPlugin } from "../../../../../src/runtime/plugin/installed/index.ts";
import { pluginsFolder } from "../../../../../src/runtime/plugin/installed/plugin-index.ts";

/** A folder with these files. It is removed after the test. */
export async function folderWith(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "plugins-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFiles(folder, files);
  return folder;
}

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A plugin with the task type `NAME/count`: its entry in the index of `home` and its files. */
export async function placePlugin(home: string, name: string, version = "1.0.0"): Promise<InstalledPlugin> {
  const tree = join(pluginsFolder(home), name);
  const folder = `node_modules/rain-${name}`;
  await writeFiles(tree, { [`${folder}/index.js`]: `export default "${name} ${version}";\n` });
  return {
    name,
    package: `rain-${name}`,
    version,
    hash: await hashPlugin(tree),
    folder,
    entry: "index.js",
    source: { kind: "npm", spec: `rain-${name}` },
    description: {
      name,
      types: [{ name: `${name}/count`, summary: "Counts", inputs: "blob", outputs: "blob" }],
      contentTypes: [`user/${name}`],
      commands: [],
    },
  };
}
