import type { Readable } from "node:stream";
import { Pool } from "undici";
import { RainError } from "../errors.ts";
import { dataBatchPath, dataObjectPath, type HeaderInfo, infoOfHeaders } from "../protocol/data-paths.ts";
import { BatchDecoder, type BatchSink, encodeBatchRequest } from "../protocol/object-batch.ts";
import type { ObjectSource } from "./want.ts";

const CONNECT_MS = 5_000;
/** A peer that sends nothing for so long is given up. */
const SILENT_MS = 30_000;

/** The data server of another worker, or of the server, as a place to get objects from. */
export class Peer implements ObjectSource {
  readonly url: string;
  readonly #pool: Pool;

  constructor(url: string, connections: number) {
    this.url = url;
    this.#pool = new Pool(url, {
      connections,
      headersTimeout: SILENT_MS,
      bodyTimeout: SILENT_MS,
      connect: { timeout: CONNECT_MS },
    });
  }

  /** @throws NOT_FOUND when the peer does not have it, INVALID_MESSAGE for a strange answer, Error for a bad connection */
  async get(
    session: number,
    object: number,
    signal: AbortSignal,
  ): Promise<{ info: HeaderInfo; body: Readable }> {
    const { headers, body } = await this.#request("GET", dataObjectPath(session, object), signal);
    try {
      return { info: infoOfHeaders(headers), body };
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  /** Brings many small objects to `sink`. @throws as `get` */
  async getBatch(session: number, objects: Uint32Array, sink: BatchSink, signal: AbortSignal): Promise<void> {
    const { body } = await this.#request("POST", dataBatchPath(session), signal, encodeBatchRequest(objects));
    const decoder = new BatchDecoder(sink);
    for await (const chunk of body) decoder.push(chunk);
    decoder.finish();
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #request(method: "GET" | "POST", path: string, signal: AbortSignal, sent?: Uint8Array) {
    const { statusCode, headers, body } = await this.#pool.request({ method, path, signal, body: sent });
    // Whoever reads the body learns of its errors; when nobody does any more, they must not end the process.
    body.on("error", () => {});
    if (statusCode === 200) return { headers, body };
    await body.dump();
    if (statusCode === 404) throw new RainError("NOT_FOUND", "it is not there");
    throw new Error(`it answered with HTTP status ${statusCode}`);
  }
}
