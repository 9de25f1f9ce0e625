import type { TaskTypeInfo } from "../../protocol/messages/index.ts";
import type { ExecutorCommand } from "../contract/index.ts";

/** A package with a plugin, as it lies on the disk of this machine. */
export interface PluginPackage {
  /** Of the plugin: the prefix of its task types. */
  name: string;
  /** npm name. */
  package: string;
  version: string;
  /** SHA-256 of its content, in hex. */
  hash: string;
  /** Absolute path of the package. */
  folder: string;
  /** Absolute path of the module to import. */
  module: string;
  /** What runs its tasks instead of JavaScript. */
  executor?: ExecutorCommand;
}

/** A task type whose code this process does not load: executors run it. */
export interface ExternalTaskType {
  package: PluginPackage;
  info: TaskTypeInfo;
}
