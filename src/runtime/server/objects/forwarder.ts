import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Agent, request as httpRequest } from "undici";
import { messageOf, RainError } from "../../errors.ts";
import { type Credentials, credentialHeaders, trustOptions } from "../../security/credentials.ts";
import { download } from "../../transport/download.ts";
import { peerConnector } from "../../transport/peer-connector.ts";
import { forwardedHostHeaders } from "../../transport/shared-files.ts";

/** Time after which a silent worker counts as unreachable. */
const SILENT_MS = 30_000;
/** Larger objects use a separate connection and large buffers. */
const MAX_POOLED_BYTES = 1 << 20;

const FORWARDED = [
  "content-type",
  "content-length",
  "x-rain-size",
  "x-rain-data-type",
  "x-rain-content-type",
  "x-rain-path",
  "x-rain-file",
  "x-rain-modified",
  "x-rain-executable",
];

/** The copy of an object on a worker. */
export interface Replica {
  url: string;
  /** Bytes. */
  size: number;
  /** Slot. */
  worker: number;
}

/** Forwards objects from workers to clients. */
export class Forwarder {
  readonly #credentials: Credentials;
  /** Keeps connections open, since opening one would take longer than sending a small object. */
  readonly #agent: Agent;

  /** @param credentials the server's credentials for workers */
  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    const connect = peerConnector(trustOptions(credentials));
    this.#agent = new Agent({ headersTimeout: SILENT_MS, bodyTimeout: SILENT_MS, connect });
  }

  /**
   * Sends the bytes or, to a client on the worker's machine, the name of the file.
   * @throws OBJECT_LOST, or an error if the client disconnects
   */
  async forward(
    object: Replica,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = forwardedHostHeaders(request.headers);
    if (object.size <= MAX_POOLED_BYTES) return this.#forwardPooled(object, headers, response, signal);
    const source = await download(object.url, headers, signal, this.#credentials).catch((error) => {
      throw notRead(object, error);
    });
    try {
      if (source.status !== 200) throw notRead(object, badStatus(source.status));
      // The length of the tar of a directory is unknown.
      if (source.length === undefined) return await this.#forwardPooled(object, {}, response, signal);
      copyHeaders(source.headers, response);
      await pipeline(source.body, response, { signal });
    } finally {
      source.close();
    }
  }

  /** Ends all transfers. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #forwardPooled(
    object: Replica,
    headers: Record<string, string>,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const source = await httpRequest(object.url, {
      headers: { ...headers, ...credentialHeaders(this.#credentials) },
      signal,
      dispatcher: this.#agent,
    }).catch((error) => {
      throw notRead(object, error);
    });
    if (source.statusCode !== 200) {
      await source.body.dump();
      throw notRead(object, badStatus(source.statusCode));
    }
    copyHeaders(source.headers, response);
    await pipeline(source.body, response, { signal });
  }
}

function notRead({ worker }: Replica, error: unknown): RainError {
  return new RainError("OBJECT_LOST", `cannot read the object from worker ${worker}: ${messageOf(error)}`, {
    cause: error,
  });
}

const badStatus = (status: number) => new Error(`it answered with HTTP status ${status}`);

function copyHeaders(headers: Record<string, string | string[] | undefined>, response: ServerResponse): void {
  for (const name of FORWARDED) {
    const value = headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(200);
}
