import { createHash, randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { Agent, request } from "undici";
import { messageOf, RainError } from "../../errors.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import { linkRain, packageAt } from "../../plugin/installed/index.ts";
import type { PluginPackage } from "../../plugin/loading/package.ts";
import type { PluginRef } from "../../protocol/messages/index.ts";
import { pluginPath } from "../../protocol/paths.ts";
import { type Credentials, credentialHeaders, serverUrl, trustOptions } from "../../security/credentials.ts";
import { unpackTree } from "../../transport/tar.ts";
import { withRetries } from "../transfer/retries.ts";
import type { InstalledPlugins } from "./installed-plugins.ts";

/** Milliseconds of silence after which the server is given up. */
const SILENT_MS = 30_000;

export interface PluginCacheOptions {
  /** Absent: no plugins are installed. */
  installed: InstalledPlugins | undefined;
  /** `HOST:PORT` */
  server: string;
  credentials?: Credentials;
  /** An existing folder for the plugins that are fetched. */
  directory: string;
}

/** The plugins that sessions need, by hash: installed on this machine, or fetched once from the server. */
export class PluginCache {
  readonly #options: PluginCacheOptions;
  readonly #fetched = new Map<string, Promise<PluginPackage>>();
  readonly #closing = new AbortController();
  readonly #agent: Agent;

  constructor(options: PluginCacheOptions) {
    this.#options = options;
    const connect = trustOptions(options.credentials ?? {});
    this.#agent = new Agent({ headersTimeout: SILENT_MS, bodyTimeout: SILENT_MS, connect });
  }

  /** Finds the plugin that a session was submitted with, or fetches it. @throws NOT_FOUND, IO */
  async package(ref: PluginRef): Promise<PluginPackage> {
    const installed = await this.#options.installed?.find(ref.hash);
    if (installed) return installed;
    let fetched = this.#fetched.get(ref.hash);
    if (!fetched) {
      fetched = this.#fetch(ref);
      this.#fetched.set(ref.hash, fetched);
      // The next request tries again.
      fetched.catch(() => this.#fetched.delete(ref.hash));
    }
    return fetched;
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    this.#closing.abort(new RainError("CANCELLED", "the worker stops"));
    await Promise.allSettled(this.#fetched.values());
    await this.#agent.destroy();
  }

  async #fetch(ref: PluginRef): Promise<PluginPackage> {
    const { directory, server } = this.#options;
    const { signal } = this.#closing;
    const place = join(directory, ref.hash);
    const draft = `${place}.${randomBytes(4).toString("hex")}`;
    try {
      await withRetries(() => this.#receive(ref.hash, draft), signal);
      await linkRain(draft);
      await rename(draft, place);
    } catch (error) {
      await removeTree(draft);
      const title = `the plugin ${ref.package} ${ref.version}`;
      const code = error instanceof RainError && error.code === "NOT_FOUND" ? "NOT_FOUND" : "IO";
      throw new RainError(code, `cannot get ${title} from the server at ${server}: ${messageOf(error)}`, {
        hint: "Install it on this machine with `rain plugins install`, or submit from a machine that has it, without --no-ship.",
        cause: error,
      });
    }
    return packageAt(place, ref);
  }

  /** Unpacks the tar while it is received. Entries that lead out of `target` are refused before they are written. */
  async #receive(hash: string, target: string): Promise<void> {
    const { signal } = this.#closing;
    await removeTree(target);
    await mkdir(target);
    const { server, credentials = {} } = this.#options;
    const answer = await request(`${serverUrl(server, credentials)}${pluginPath(hash)}`, {
      headers: credentialHeaders(credentials),
      dispatcher: this.#agent,
      signal,
    });
    if (answer.statusCode === 404) {
      await answer.body.dump();
      throw new RainError("NOT_FOUND", "it does not have it");
    }
    if (answer.statusCode !== 200) {
      throw new Error(`it answered ${answer.statusCode} ${(await answer.body.text()).slice(0, 200)}`);
    }
    const content = createHash("sha256");
    const checked = new PassThrough({ highWaterMark: 1 << 20 });
    answer.body.on("data", (chunk: Buffer) => content.update(chunk));
    answer.body.once("error", (error) => checked.destroy(error));
    await unpackTree(answer.body.pipe(checked), target, signal);
    const actual = content.digest("hex");
    if (actual !== hash)
      throw new RainError("IO", `the received content has the SHA-256 ${actual}, not ${hash}`);
  }
}
