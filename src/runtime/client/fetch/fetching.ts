/* Transfers the bytes of objects between a client and the server. */

import type { Readable } from "node:stream";
import { decodeText } from "../../content-types/built-in/text.ts";
import { type ContentTypeLookup, loadValue } from "../../content-types/lookup.ts";
import { messageOf, RainError } from "../../errors.ts";
import { misuse } from "../check/misuse.ts";
import { checkArgument } from "../check/options.ts";
import { localPath, pathOf } from "../check/schemas.ts";
import type { Download, FetchedInfo } from "./download.ts";
import { saveDirectory, saveFile } from "./save.ts";

/** The result of awaiting a fetch. */
export interface Instance {
  /** The content of a blob. A directory has none: use `writeTo` or `stream`. */
  bytes: Uint8Array | undefined;
  info: FetchedInfo;
}

/**
 * A fetch. Each call of a method and each `await` downloads the object again. All throw NOT_KEPT,
 * SERVER_LOST, and the error that ended the session.
 */
export class Fetching implements PromiseLike<Instance> {
  readonly #what: string;
  readonly #open: () => Promise<Download>;
  readonly #lookup: ContentTypeLookup;

  /** @param what name of the object in messages */
  constructor(what: string, open: () => Promise<Download>, lookup: ContentTypeLookup) {
    this.#what = what;
    this.#open = open;
    this.#lookup = lookup;
  }

  /** Facts about the object, and the same stream of its content as from `stream`. */
  open(): Promise<Download> {
    return this.#open();
  }

  /** The content; for a directory, its tar. */
  async bytes(): Promise<Uint8Array> {
    return readAll((await this.#open()).body);
  }

  /**
   * The content as text, decoded from the encoding of its content type or else UTF-8.
   * @throws IO if it is not valid text
   */
  async text(): Promise<string> {
    const { bytes, info } = await this.#blob();
    return await valid(() => decodeText(bytes, info.contentType), `${this.#what} is not valid text: `);
  }

  /**
   * The value that the content type decodes from the bytes. The type is built-in, given to `connect`, or of
   * an installed plugin. Types that cannot be decoded, such as `mime/image/png`, give the bytes.
   * @throws IO if the bytes are invalid; USAGE if only another plugin or language can load the type
   */
  async load(): Promise<unknown> {
    const { bytes, info } = await this.#blob();
    return await valid(() => loadValue(bytes, info.contentType, this.#lookup, this.#what));
  }

  /** A stream of the content; for a directory, its tar. Read it to the end or destroy it. */
  async stream(): Promise<Readable> {
    return (await this.#open()).body;
  }

  /**
   * Writes a blob to a file, which appears when it is complete, or the files of a directory to the directory
   * `path`, which may also be a file URL.
   * @throws IO if it cannot be written, or if a file of a directory would be outside of `path`
   */
  async writeTo(path: string | URL): Promise<void> {
    checkArgument("fetch.writeTo", "path", localPath, path);
    const target = pathOf(path);
    const download = await this.#open();
    await (download.info.dataType === "dir" ? saveDirectory(download, target) : saveFile(download, target));
  }

  // biome-ignore lint/suspicious/noThenProperty: `await object.fetch()` gives the instance.
  then<A = Instance, B = never>(
    onFulfilled?: ((instance: Instance) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#instance().then(onFulfilled, onRejected);
  }

  async #instance(): Promise<Instance> {
    const { info, body } = await this.#open();
    if (info.dataType === "dir") {
      body.destroy();
      return { bytes: undefined, info };
    }
    const bytes = await readAll(body);
    return { bytes, info: { ...info, size: bytes.length } };
  }

  async #blob(): Promise<{ bytes: Uint8Array; info: FetchedInfo }> {
    const { bytes, info } = await this.#instance();
    if (bytes) return { bytes, info };
    throw misuse(`${this.#what} is a directory: use writeTo or stream`);
  }
}

/** @throws RainError IO if the bytes are invalid */
async function valid<T>(read: () => T | Promise<T>, prefix = ""): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RainError) throw error;
    throw new RainError("IO", prefix + messageOf(error), { cause: error });
  }
}

async function readAll(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}
