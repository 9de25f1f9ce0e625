import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import {
  currentRef,
  type InstalledPlugin,
  indexStamp,
  packageAt,
  readIndex,
  treeOf,
} from "../../plugin/installed/index.ts";
import type { PluginPackage } from "../../plugin/loading/package.ts";
import type { PluginRef, TaskTypeInfo } from "../../protocol/messages/index.ts";
import { walkTree } from "../../transport/tree.ts";
import type { ContentTypeModules } from "../executors/javascript-driver.ts";

const LOOK_INTERVAL_MS = 1000;

/** Task types and content types that a worker offers. */
export interface Offer {
  taskTypes: TaskTypeInfo[];
  contentTypes: string[];
}

interface Known {
  installed: InstalledPlugin;
  ref: PluginRef;
  /** Changes when a file of a linked plugin changes. Empty for other plugins. */
  stamp: string;
}

/**
 * The plugins that are installed on the worker's machine. It reads their descriptions and never loads their
 * code.
 */
export class InstalledPlugins {
  readonly #home: string;
  readonly #log: Logger;
  #known: Known[] = [];
  #indexStamp = "";
  #looking: Promise<unknown> = Promise.resolve();

  constructor(home: string, log: Logger) {
    this.#home = home;
    this.#log = log;
  }

  get offer(): Offer {
    return {
      taskTypes: this.#known.flatMap(({ installed, ref }) =>
        installed.description.types.map((type) => ({ ...type, plugin: ref })),
      ),
      contentTypes: this.#known.flatMap(({ installed }) => installed.description.contentTypes),
    };
  }

  /** Content types with the modules that define them, for executors. */
  get contentTypeModules(): ContentTypeModules {
    return this.#known.flatMap(({ installed, ref }) => {
      const { module } = packageAt(treeOf(this.#home, installed), ref);
      return installed.description.contentTypes.map((name): [string, string] => [name, module]);
    });
  }

  /** Finds the installed plugin with this hash, after another look. */
  async find(hash: string): Promise<PluginPackage | undefined> {
    await this.look();
    const found = this.#known.find(({ ref }) => ref.hash === hash);
    return found && packageAt(treeOf(this.#home, found.installed), found.ref);
  }

  /**
   * Looks at the installed plugins. Returns whether anything has changed. A plugin that cannot be read is
   * logged and counts as unchanged.
   */
  look(): Promise<boolean> {
    const looking = this.#looking.then(() => this.#look());
    this.#looking = looking;
    return looking;
  }

  /** Looks every second. Returns a function that ends this. */
  watch(onChange: () => void): () => Promise<void> {
    const timer = setInterval(async () => {
      if (await this.look()) onChange();
    }, LOOK_INTERVAL_MS);
    return async () => {
      clearInterval(timer);
      await this.#looking;
    };
  }

  async #look(): Promise<boolean> {
    try {
      const stamp = await indexStamp(this.#home);
      const isSame = stamp === this.#indexStamp;
      const former = this.#known;
      const installed = isSame ? former.map((known) => known.installed) : await readIndex(this.#home);
      const known = [];
      for (const plugin of installed) known.push(await this.#examine(plugin));
      this.#known = known;
      this.#indexStamp = stamp;
      return !isSame || known.some(({ ref }, i) => ref.hash !== former[i]?.ref.hash);
    } catch (error) {
      this.#log.warn({ err: error }, "cannot look at the plugins");
      return false;
    }
  }

  /** The content of a linked plugin is hashed again only when one of its files has changed. */
  async #examine(installed: InstalledPlugin): Promise<Known> {
    const { source, name } = installed;
    const stamp = source.kind === "link" ? await stampOf(source.spec) : "";
    const former = this.#known.find((known) => known.installed.name === name && known.stamp === stamp);
    if (former && former.installed.hash === installed.hash) return { ...former, installed };
    return { installed, ref: await currentRef(this.#home, installed), stamp };
  }
}

/** Files of the plugin itself: its dependencies change only by an installation. */
async function stampOf(folder: string): Promise<string> {
  const parts: string[] = [];
  for await (const { path, size } of walkTree(folder, (path) => path === "node_modules" || path === ".git")) {
    parts.push(`${path} ${size} ${(await stat(join(folder, path))).mtimeMs}`);
  }
  return parts.join("\n");
}
