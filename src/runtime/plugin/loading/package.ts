import type { TaskTypeInfo } from "../../protocol/messages/index.ts";
import type { ExecutorCommand } from "../contract/index.ts";

/** The package of a plugin on the disk of this machine. */
export interface PluginPackage {
  /** Name of the plugin: the prefix of its task types. */
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
  /** The program that runs its tasks, if they are not in JavaScript. */
  executor?: ExecutorCommand | undefined;
}

/** A task type whose code executors run; this process does not load it. */
export interface ExternalTaskType {
  package: PluginPackage;
  info: TaskTypeInfo;
}
