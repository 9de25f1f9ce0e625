import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { messageOf, RainError } from "../../errors.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import { MAX_PLUGIN_BYTES } from "../../protocol/limits.ts";
import { storeBody } from "./store-body.ts";

/** The tars of the plugins of sessions. Each file is named by its SHA-256, so its content never changes. */
export class PluginStore {
  readonly #directory: string;
  /** Bytes of each tar, by hash. */
  readonly #sizes = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Finds the tars that clients uploaded to a former server. */
  async restore(): Promise<void> {
    for (const name of await readdir(this.#directory).catch(() => [])) {
      const [, hash] = /^([0-9a-f]{64})\.tar$/.exec(name) ?? [];
      if (hash) this.#sizes.set(hash, (await stat(this.#path(hash))).size);
    }
  }

  has(hash: string): boolean {
    return this.#sizes.has(hash);
  }

  /**
   * Stores a tar. Removes its file on error.
   * @throws LIMIT_EXCEEDED; INVALID_MESSAGE if its content has another hash; IO if it cannot be written
   */
  async receive(hash: string, body: Readable, maxBytes = MAX_PLUGIN_BYTES): Promise<void> {
    const draft = join(this.#directory, `${hash}.${randomBytes(4).toString("hex")}`);
    const check = new ContentCheck(maxBytes);
    try {
      await mkdir(this.#directory, { recursive: true });
      await storeBody(body, draft, { check });
      const actual = check.digest();
      if (actual !== hash) {
        throw new RainError(
          "INVALID_MESSAGE",
          `the package of a plugin has the SHA-256 ${actual}, not ${hash}`,
        );
      }
      await rename(draft, this.#path(hash));
      this.#sizes.set(hash, check.bytes);
    } catch (error) {
      await rm(draft, { force: true });
      if (error instanceof RainError) throw error;
      throw new RainError("IO", `cannot store the package of a plugin: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** @throws NOT_FOUND */
  async read(hash: string): Promise<{ size: number; body: Readable }> {
    const size = this.#sizes.get(hash);
    if (size === undefined)
      throw new RainError("NOT_FOUND", `there is no package of a plugin with the SHA-256 ${hash}`);
    await stat(this.#path(hash)).catch((error) => {
      throw new RainError("IO", `cannot read the package of a plugin: ${messageOf(error)}`, { cause: error });
    });
    return { size, body: createReadStream(this.#path(hash), { highWaterMark: 1 << 20 }) };
  }

  /** Removes every file. */
  async clear(): Promise<void> {
    this.#sizes.clear();
    await removeTree(this.#directory);
  }

  #path(hash: string): string {
    return join(this.#directory, `${hash}.tar`);
  }
}

/** Counts and hashes the bytes that pass, up to a limit. */
class ContentCheck extends Transform {
  bytes = 0;
  readonly #maxBytes: number;
  readonly #hash = createHash("sha256");

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.bytes += chunk.length;
    if (this.bytes > this.#maxBytes) {
      const limit = Math.round(this.#maxBytes / 2 ** 20);
      done(
        new RainError("LIMIT_EXCEEDED", `the package of a plugin is larger than ${limit} MiB`, {
          hint: "The package of a linked plugin contains its whole folder. Move files that it does not need elsewhere.",
        }),
      );
      return;
    }
    this.#hash.update(chunk);
    done(null, chunk);
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}
