import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";
import { messageOf, RainError } from "../../errors.ts";
import { checkToken } from "../../security/check-token.ts";
import { infoHeaders, parseDataPath } from "../../transport/data-paths.ts";
import { createHttpServer, type Identity } from "../../transport/http-server.ts";
import { decodeBatchRequest } from "../../transport/object-batch.ts";
import { sendFile } from "../../transport/send-file.ts";
import { isSameHost, sharedFileHeaders, wantsLink } from "../../transport/shared-files.ts";
import { packTree } from "../../transport/tar.ts";
import type { Content } from "../store/content.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { batchAnswer, MAX_BATCH } from "./batch-answer.ts";

/** Milliseconds without traffic after which a connection is given up. */
const IDLE_MS = 60_000;

/** Serves the objects of this worker to other workers and to the server, over plain HTTP. */
export class DataServer {
  readonly #store: ObjectStore;
  readonly #log: Logger;
  readonly #host: string;
  readonly #token: string | undefined;
  readonly #scheme: "http" | "https";
  readonly #server: Server;
  #authority = "";
  #sent = 0;

  /**
   * @param host id of this machine: peers on it get the paths of files instead of their bytes @param guard the
   * token that peers must send, and the identity for TLS
   */
  constructor(
    store: ObjectStore,
    log: Logger,
    host: string,
    guard: { token?: string | undefined; identity?: Identity | undefined } = {},
  ) {
    this.#store = store;
    this.#host = host;
    this.#token = guard.token;
    this.#scheme = guard.identity ? "https" : "http";
    this.#log = log;
    this.#server = createHttpServer(
      guard.identity,
      { keepAliveTimeout: IDLE_MS, requestTimeout: IDLE_MS },
      (request, response) => {
        this.#answer(request, response).catch((error) => this.#refuse(response, error));
      },
    );
    this.#server.setTimeout(IDLE_MS);
  }

  /** `http://HOST:PORT` or `https://HOST:PORT` */
  get url(): string {
    return `${this.#scheme}://${this.#authority}`;
  }

  /** Bytes of the objects sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Listens; on a free port by default. @throws START_FAILED */
  async listen(host: string, port = 0): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject).listen(port, host, resolve);
      });
    } catch (error) {
      throw new RainError("START_FAILED", `the worker cannot serve data on ${host}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    // An example is a missing file descriptor for a new connection. The other connections continue.
    this.#server.on("error", (error) =>
      this.#log.error({ err: error }, "a connection could not be accepted"),
    );
    const address = this.#server.address();
    const bound = typeof address === "object" && address ? address.port : port;
    this.#authority = `${host.includes(":") ? `[${host}]` : host}:${bound}`;
  }

  /** Cancels everything that is under way. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#checkOrigin(request);
    checkToken(request, this.#token);
    const wanted = parseDataPath(request.url ?? "");
    if (!wanted) throw new RainError("NOT_FOUND", "there is nothing here but objects");
    const { session, object } = wanted;
    if (object === "batch" && request.method === "POST") await this.#sendBatch(session, request, response);
    else if (object !== "batch" && request.method === "GET")
      await this.#sendObject(session, object, request, response);
    else throw new RainError("USAGE", `${request.method} is not allowed here`);
  }

  /** Refuses web pages: only peers use the announced address and send no origin. */
  #checkOrigin({ headers }: IncomingMessage): void {
    if (headers.host === this.#authority && headers.origin === undefined) return;
    throw new RainError("REFUSED", "this port serves the workers of Rain only");
  }

  async #sendObject(
    session: number,
    object: number,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const stored = this.#store.get(session, object);
    if (!stored)
      throw new RainError("NOT_FOUND", `object ${object} of session ${session} is not on this worker`);
    const { content, contentType } = stored;
    const { size, dataType, file, bytes, path } = content;
    const headers = {
      "content-type": "application/octet-stream",
      ...infoHeaders({ size, dataType, contentType, ...(file && { file }) }),
    };
    this.#store.pin(content);
    try {
      const shared = await this.#sharedFile(content, request);
      if (shared) {
        response.writeHead(200, { ...headers, ...shared, "content-length": 0 }).end();
      } else if (bytes || path === undefined) {
        response.writeHead(200, { ...headers, "content-length": size }).end(bytes);
        this.#sent += size;
      } else if (dataType === "dir") {
        response.writeHead(200, headers);
        await pipeline(packTree(path), (tar) => this.#checked(tar, content), response);
        this.#sent += size;
      } else {
        const check = () => this.#checkUnchanged(content);
        this.#sent += await sendFile(request, response, path, { size, headers, check });
      }
    } finally {
      this.#store.unpin(content);
    }
  }

  /** The headers that name the file to a process on this machine, if that may read or link it. @throws NOT_FOUND */
  async #sharedFile(
    content: Content,
    { headers }: IncomingMessage,
  ): Promise<Record<string, string> | undefined> {
    const { path, dataType } = content;
    if (path === undefined || dataType === "dir" || !isSameHost(headers, this.#host)) return undefined;
    const shared = await sharedFileHeaders(path);
    // The last moment at which changes show in full: links of the other process will change the time of status.
    await this.#checkUnchanged(content);
    const mayShare = wantsLink(headers) ? this.#store.mayLink(content) : this.#store.mayRead(content);
    return mayShare ? shared : undefined;
  }

  /** The same bytes, without their end if the files of the content were changed meanwhile. */
  async *#checked(bytes: AsyncIterable<Uint8Array>, content: Content): AsyncGenerator<Uint8Array> {
    let last: Uint8Array | undefined;
    for await (const chunk of bytes) {
      if (last) yield last;
      last = chunk;
    }
    await this.#checkUnchanged(content);
    if (last) yield last;
  }

  /** @throws NOT_FOUND if the files of a content are no longer what they were; the content is then given up */
  async #checkUnchanged(content: Content): Promise<void> {
    if (!(await this.#store.changeOf(content))) return;
    this.#store.giveUp(content);
    throw new RainError(
      "NOT_FOUND",
      "the files of the object were changed, so it is no longer on this worker",
    );
  }

  async #sendBatch(session: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const objects = decodeBatchRequest(await readBody(request, MAX_BATCH * 4));
    response.writeHead(200, { "content-type": "application/octet-stream" });
    const count = (sent: number) => {
      this.#sent += sent;
    };
    await pipeline(
      Readable.from(batchAnswer(this.#store, session, objects, count), { objectMode: false }),
      response,
    );
  }

  #refuse(response: ServerResponse, thrown: unknown): void {
    const error = RainError.from(thrown, "IO");
    if (response.headersSent || response.destroyed) {
      this.#log.debug({ err: error }, "an object was not sent to its end");
      response.destroy();
      return;
    }
    response.writeHead(error.httpStatus, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify({ error }));
  }
}

/** @throws LIMIT_EXCEEDED */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new RainError("LIMIT_EXCEEDED", `a request holds at most ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
