/** The plugins that are installed on this machine. */

export { installedContentTypes } from "./content-types.ts";
export { createPlugin } from "./create.ts";
export { loadCommands } from "./describe-plugin.ts";
export {
  type InstallOutcome,
  installPlugin,
  linkPlugin,
  uninstallPlugin,
  updatePlugin,
} from "./install.ts";
export { currentRef, type LocalPlugin, loadLocalPlugins, pluginNameOf } from "./local-plugins.ts";
export {
  type InstalledPlugin,
  indexStamp,
  packageAt,
  readIndex,
  refOf,
  treeOf,
} from "./plugin-index.ts";
export { hashPlugin, linkRain, packPlugin } from "./tree.ts";
