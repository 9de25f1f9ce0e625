import type { Readable } from "node:stream";
import { decodeText } from "../../content-types/built-in/text.ts";
import { type ContentTypeLookup, loadValue } from "../../content-types/lookup.ts";
import { messageOf, RainError } from "../../errors.ts";
import type { Download, FetchedInfo } from "./download.ts";
import { saveDirectory, saveFile } from "./save.ts";

/** The result of awaiting a fetch. */
export interface Instance {
  /** The content of a blob. A directory has none: use `writeTo` or `stream`. */
  bytes: Uint8Array | undefined;
  info: FetchedInfo;
}

/**
 * A fetch that begins when one of its methods is called or when it is awaited, and begins anew each time. All of them
 * throw NOT_KEPT, SERVER_LOST, and what ended the session.
 */
export class Fetching implements PromiseLike<Instance> {
  readonly #what: string;
  readonly #open: () => Promise<Download>;
  readonly #lookup: ContentTypeLookup;

  /** @param what names the object in messages */
  constructor(what: string, open: () => Promise<Download>, lookup: ContentTypeLookup) {
    this.#what = what;
    this.#open = open;
    this.#lookup = lookup;
  }

  /** What the object is, and a stream of its content as `stream` gives it. */
  open(): Promise<Download> {
    return this.#open();
  }

  /** The content; for a directory, its tar. */
  async bytes(): Promise<Uint8Array> {
    return readAll((await this.#open()).body);
  }

  /** The content as text, in the encoding of its content type or else UTF-8. @throws IO when it is no such text */
  async text(): Promise<string> {
    const { bytes, info } = await this.#blob();
    return await valid(() => decodeText(bytes, info.contentType), `${this.#what} is not valid text: `);
  }

  /**
   * The value that the content type makes of the bytes: of a built-in type, or of one given to `connect`. Data of which
   * nothing more is known, such as `mime/image/png`, gives the bytes.
   * @throws IO when the bytes are not of the type, USAGE when only a plugin or another language loads it
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
   * Writes a file, which appears once it is complete; or, for a directory, its files into the directory `path`.
   * @throws IO when it cannot be written, or when the content of a directory would leave it
   */
  async writeTo(path: string): Promise<void> {
    const download = await this.#open();
    await (download.info.dataType === "dir" ? saveDirectory(download, path) : saveFile(download, path));
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
    throw new RainError("USAGE", `${this.#what} is a directory: use writeTo or stream`);
  }
}

/** @throws RainError IO when the bytes are not what they are read as */
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
