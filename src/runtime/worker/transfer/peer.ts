import { Pool } from "undici";
import { RainError } from "../../errors.ts";
import { type Credentials, credentialHeaders, trustOptions } from "../../security/credentials.ts";
import { dataBatchPath, dataObjectPath, infoOfHeaders } from "../../transport/data-paths.ts";
import { download } from "../../transport/download.ts";
import { BatchDecoder, type BatchSink, encodeBatchRequest } from "../../transport/object-batch.ts";
import { peerConnector } from "../../transport/peer-connector.ts";
import { linkHeaders, sharedFileOf } from "../../transport/shared-files.ts";
import { MAX_IN_MEMORY } from "../store/content-memory.ts";
import type { ObjectRequest, ObjectSource, OpenedObject } from "./pending-fetch.ts";

const CONNECT_MS = 5_000;
/** Milliseconds of silence after which a peer is given up. */
const SILENT_MS = 30_000;

/** The data server of a worker or of the server, as a source of objects. */
export class Peer implements ObjectSource {
  readonly url: string;
  readonly #pool: Pool;
  readonly #host: string;
  readonly #credentials: Credentials;

  /** @param host id of this machine: files of peers on it are linked instead of sent */
  constructor(url: string, connections: number, host: string, credentials: Credentials) {
    this.url = url;
    this.#host = host;
    this.#credentials = credentials;
    this.#pool = new Pool(url, {
      connections,
      headersTimeout: SILENT_MS,
      bodyTimeout: SILENT_MS,
      connect: peerConnector({ timeout: CONNECT_MS, ...trustOptions(credentials) }),
    });
  }

  /**
   * Opens an object. @throws NOT_FOUND when the peer does not have it, INVALID_MESSAGE for an invalid answer,
   * Error for a broken connection
   */
  async get(request: ObjectRequest, signal: AbortSignal): Promise<OpenedObject> {
    if (request.size > MAX_IN_MEMORY) {
      const large = await this.#getLarge(request, signal);
      if (large) return large;
    }
    const { headers, body } = await this.#request(
      "GET",
      dataObjectPath(request.session, request.object),
      signal,
    );
    try {
      return { kind: "stream", info: infoOfHeaders(headers), body };
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  /** Fetches many small objects into `sink`. @throws as `get` */
  async getBatch(session: number, objects: Uint32Array, sink: BatchSink, signal: AbortSignal): Promise<void> {
    const { body } = await this.#request("POST", dataBatchPath(session), signal, {
      body: encodeBatchRequest(objects),
    });
    const decoder = new BatchDecoder(sink);
    for await (const chunk of body) decoder.push(chunk);
    decoder.finish();
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Returns nothing for a directory, whose length is not known in advance. */
  async #getLarge(
    { session, object, share, start }: ObjectRequest,
    signal: AbortSignal,
  ): Promise<OpenedObject | undefined> {
    const answer = await download(
      `${this.url}${dataObjectPath(session, object)}`,
      { ...(share && linkHeaders(this.#host)), ...(start > 0 && { range: `bytes=${start}-` }) },
      signal,
      this.#credentials,
    );
    try {
      checkStatus(answer.status);
      const info = infoOfHeaders(answer.headers);
      const file = sharedFileOf(answer.headers);
      if (!file && info.dataType === "blob" && answer.length !== undefined)
        return { kind: "download", info, download: answer };
      answer.close();
      return file && { kind: "file", info, file };
    } catch (error) {
      answer.close();
      throw error;
    }
  }

  async #request(
    method: "GET" | "POST",
    path: string,
    signal: AbortSignal,
    sent: { body?: Uint8Array } = {},
  ) {
    const { statusCode, headers, body } = await this.#pool.request({
      method,
      path,
      headers: credentialHeaders(this.#credentials),
      signal,
      ...sent,
    });
    // Readers of the body get its errors. When nobody reads it any more, its errors must not end the process.
    body.on("error", () => {});
    if (statusCode !== 200) await body.dump();
    checkStatus(statusCode);
    return { headers, body };
  }
}

function checkStatus(status: number): void {
  if (status === 200 || status === 206) return;
  if (status === 404) throw new RainError("NOT_FOUND", "it is not there");
  throw new Error(`it answered with HTTP status ${status}`);
}
