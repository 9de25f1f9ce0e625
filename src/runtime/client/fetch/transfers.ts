import type { FileHandle } from "node:fs/promises";
import { addAbortSignal, PassThrough, Readable } from "node:stream";
import type { Agent, Dispatcher } from "undici";
import { messageOf, RainError } from "../../errors.ts";
import { interruption } from "../../platform/abort.ts";
import type { DataType, FileFacts } from "../../protocol/messages/index.ts";
import { parse } from "../../protocol/messages/parse.ts";
import { errorJson } from "../../protocol/messages/values.ts";
import { constantPath, objectPath, pluginPath } from "../../protocol/paths.ts";
import { type Credentials, credentialHeaders, serverUrl, trustOptions } from "../../security/credentials.ts";
import { fileHeaders, infoOfHeaders } from "../../transport/data-paths.ts";
import {
  HOST_ID,
  hostHeaders,
  isSameFile,
  isUntouched,
  openSharedFile,
  type SharedFile,
  sharedFileOf,
} from "../../transport/shared-files.ts";
import type { ClientLog } from "../connection/connection.ts";
import type { Download } from "./download.ts";

const READ_BYTES = 1 << 20;
/** A transfer without any data for this long is aborted. The time until an object exists has no limit. */
const STALLED_MS = 60_000;

export interface Upload {
  dataType: DataType;
  contentType: string;
  /** Of a blob that is read from a file. */
  file?: FileFacts | undefined;
  body: Readable | Uint8Array;
  /** Bytes, if the size is known in advance. */
  size?: number | undefined;
}

/** Transfers object bytes between client and server over plain HTTP. This module is loaded on first use. */
export class Transfers {
  readonly #address: string;
  readonly #credentials: Credentials;
  readonly #log: ClientLog | undefined;
  #agent: Agent | undefined;
  #ended: RainError | undefined;

  constructor(address: string, credentials: Credentials, log?: ClientLog) {
    this.#address = address;
    this.#credentials = credentials;
    this.#log = log;
  }

  /**
   * Waits until the object exists.
   * @throws SERVER_LOST; INTERRUPTED or TIMEOUT if the signal aborts; errors of the server
   */
  async download(session: number, object: number, signal: AbortSignal | undefined): Promise<Download> {
    const path = objectPath(session, object);
    const answer = await this.#request(path, { method: "GET", headers: hostHeaders(HOST_ID) }, signal);
    const shared = sharedFileOf(answer.headers);
    if (!shared) return this.#sent(answer, signal);
    await answer.body.dump();
    const file = await openSharedFile(shared);
    if (!file) return this.#sent(await this.#request(path, { method: "GET" }, signal), signal);
    return {
      info: infoOfHeaders(answer.headers),
      body: this.#read(file, shared, signal),
      signal,
      file: { path: shared.path, isUntouched: () => isUntouched(shared) },
    };
  }

  /**
   * Uploads a constant before its submit. Returns its size.
   * @throws IO if the body fails; otherwise as `download`
   */
  async upload(session: number, object: number, upload: Upload, signal: AbortSignal): Promise<number> {
    const { dataType, contentType, file, body, size } = upload;
    const headers: Record<string, string> = {
      "content-type": "application/octet-stream",
      "x-rain-data-type": dataType,
      "x-rain-content-type": encodeURIComponent(contentType),
      ...(file && fileHeaders(file)),
    };
    if (size !== undefined) headers["content-length"] = String(size);
    const answer = await this.#request(
      constantPath(session, object),
      { method: "PUT", headers, body },
      signal,
    );
    return ((await answer.body.json()) as { size: number }).size;
  }

  /**
   * Uploads the tar of a plugin.
   * @throws INVALID_MESSAGE if its content has another hash; otherwise as `upload`
   */
  async uploadPlugin(hash: string, body: Readable): Promise<void> {
    const headers = { "content-type": "application/x-tar" };
    const { body: answer } = await this.#request(
      pluginPath(hash),
      { method: "PUT", headers, body },
      undefined,
    );
    await answer.dump();
  }

  /** Ends every transfer with this error. */
  async end(error: RainError): Promise<void> {
    this.#ended ??= error;
    await this.#agent?.destroy(error);
  }

  #sent({ headers, body }: Dispatcher.ResponseData, signal: AbortSignal | undefined): Download {
    const explain = (error: unknown) => this.#explain(error, signal);
    return { info: infoOfHeaders(headers), body: explained(body, explain), signal };
  }

  /** Reads the file of a worker on this machine, which the server need not send. */
  #read(file: FileHandle, shared: SharedFile, signal: AbortSignal | undefined): Readable {
    const { path } = shared;
    const body = Readable.from(unchangedBytes(file, shared), { objectMode: false });
    if (signal) addAbortSignal(signal, body);
    return explained(body, (error) => {
      if (signal?.aborted) return interruption(signal);
      return new RainError("IO", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
    });
  }

  async #request(
    path: string,
    options: { method: "GET" | "PUT"; headers?: Record<string, string>; body?: Readable | Uint8Array },
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const { Agent, request } = await import("./http.ts");
    if (this.#ended) throw this.#ended;
    this.#agent ??= new Agent({
      headersTimeout: 0,
      bodyTimeout: STALLED_MS,
      connect: trustOptions(this.#credentials),
    });
    let answer: Dispatcher.ResponseData;
    const begin = performance.now();
    try {
      answer = await request(`${serverUrl(this.#address, this.#credentials)}${path}`, {
        ...options,
        headers: { ...options.headers, ...credentialHeaders(this.#credentials) },
        dispatcher: this.#agent,
        highWaterMark: READ_BYTES,
        ...(signal && { signal }),
      });
    } catch (error) {
      throw this.#explain(error, signal);
    }
    const ms = Math.round(performance.now() - begin);
    this.#log?.debug({ ms }, `${options.method} ${path} answered ${answer.statusCode}`);
    if (answer.statusCode < 300) return answer;
    throw await errorOf(answer);
  }

  #explain(error: unknown, signal: AbortSignal | undefined): RainError {
    if (this.#ended) return this.#ended;
    if (signal?.aborted) return interruption(signal);
    if (error instanceof RainError) return error;
    const why = messageOf(error);
    return new RainError("SERVER_LOST", `a transfer with the server at ${this.#address} failed: ${why}`, {
      cause: error,
    });
  }
}

/** The bytes of a file. Fails if it was changed while it was read. */
async function* unchangedBytes(file: FileHandle, shared: SharedFile): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false });
    if (!(await isSameFile(file, shared))) throw new Error("it was changed while it was read");
  } finally {
    await file.close();
  }
}

/** The same bytes, with errors translated to `RainError`s. */
function explained(body: Readable, explain: (error: unknown) => RainError): Readable {
  const output = new PassThrough({ highWaterMark: READ_BYTES });
  body.on("error", (error) => output.destroy(explain(error)));
  output.on("close", () => body.destroy());
  return body.pipe(output);
}

async function errorOf({ statusCode, body }: Dispatcher.ResponseData): Promise<RainError> {
  const text = await body.text().catch(messageOf);
  try {
    return RainError.fromJSON(parse(errorJson, JSON.parse(text).error, "answer"));
  } catch {
    return new RainError("INTERNAL", `the server answered HTTP ${statusCode}: ${text.slice(0, 200)}`);
  }
}
