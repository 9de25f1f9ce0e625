import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { request as httpRequest } from "undici";
import { objectHolder } from "../core/index.ts";
import { messageOf, RainError } from "../errors.ts";
import { dataObjectPath, infoHeaders, infoOfHeaders } from "../protocol/data-paths.ts";
import { HOST_ID, isSameHost, sharedFileHeaders } from "../protocol/shared-files.ts";
import { SERVER_SLOT } from "../protocol/worker-messages.ts";
import type { Cluster } from "./cluster.ts";
import { type Caller, checkKept, METHODS, type ServerContext } from "./methods.ts";

/** `GET …/sessions/S/objects/N` for clients: waits until the kept object exists, then streams it from whoever holds it. */
export async function fetchObject(
  server: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
  session: number,
  object: number,
  caller: Caller,
): Promise<void> {
  const { cluster } = server;
  const record = cluster.session(session);
  record.checkAlive();
  checkKept(cluster, record, object);
  await METHODS.wait(
    server,
    { session, tasks: new Uint32Array(), objects: Uint32Array.of(object), mode: "all" },
    caller,
  );
  checkKept(cluster, record, object);
  const holder = objectHolder(cluster.core, session, object);
  if (holder === SERVER_SLOT) return sendConstant(cluster, request, response, session, object);
  const worker = holder === undefined ? undefined : cluster.workers.get(holder);
  if (!worker) throw new RainError("OBJECT_LOST", `no worker holds object ${object} of session ${session}`);
  await forward(
    `${worker.hello.dataUrl}${dataObjectPath(session, object)}`,
    worker.slot,
    response,
    caller.signal,
  );
}

/** `GET /objects/S/N` for workers: an uploaded constant. */
export async function sendConstant(
  cluster: Cluster,
  request: IncomingMessage,
  response: ServerResponse,
  session: number,
  object: number,
): Promise<void> {
  const stored = cluster.constants.get(session, object);
  if (!stored) throw new RainError("NOT_FOUND", `session ${session} has no constant ${object}`);
  const headers = { "content-type": "application/octet-stream", ...infoHeaders(stored.info) };
  if ("path" in stored && stored.info.dataType === "blob" && isSameHost(request.headers, HOST_ID)) {
    response.writeHead(200, { ...headers, ...(await sharedFileHeaders(stored.path)) }).end();
    return;
  }
  response.writeHead(200, { ...headers, "content-length": stored.info.size });
  const body = cluster.constants.read(stored);
  if (body instanceof Readable) await pipeline(body, response);
  else response.end(body);
}

/** `PUT …/sessions/S/constants/N`: a constant too large to ride along with its submit. */
export async function uploadConstant(
  cluster: Cluster,
  request: IncomingMessage,
  response: ServerResponse,
  session: number,
  object: number,
): Promise<void> {
  const record = cluster.session(session);
  record.checkAlive();
  if (object < cluster.graph(record).objectCount) {
    throw new RainError("INVALID_GRAPH", `object ${object} of session ${session} is submitted already`);
  }
  const { dataType, contentType } = infoOfHeaders(request.headers);
  const info = await cluster.constants.upload(session, object, { dataType, contentType }, request);
  if (!cluster.sessions.has(session)) await cluster.constants.dropSession(session);
  response.writeHead(201, { "content-type": "application/json" });
  response.end(JSON.stringify({ size: info.size }));
}

/** `PUT …/plugins/HASH`: a plugin that a session is about to need. */
export async function uploadPlugin(
  { plugins }: Cluster,
  request: IncomingMessage,
  response: ServerResponse,
  hash: string,
): Promise<void> {
  if (plugins.has(hash)) request.resume();
  else await plugins.receive(hash, request);
  response.writeHead(201).end();
}

/** `GET …/plugins/HASH` for workers. */
export async function sendPlugin(
  { plugins }: Cluster,
  response: ServerResponse,
  hash: string,
): Promise<void> {
  const { size, body } = await plugins.read(hash);
  response.writeHead(200, { "content-type": "application/x-tar", "content-length": size });
  await pipeline(body, response);
}

const FORWARDED = [
  "content-type",
  "content-length",
  "x-rain-size",
  "x-rain-data-type",
  "x-rain-content-type",
];

async function forward(
  url: string,
  worker: number,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const failed = (error: unknown) =>
    new RainError("OBJECT_LOST", `cannot read the object from worker ${worker}: ${messageOf(error)}`, {
      cause: error,
    });
  const source = await httpRequest(url, { signal, headersTimeout: 30_000, bodyTimeout: 30_000 }).catch(
    (error) => {
      throw failed(error);
    },
  );
  if (source.statusCode !== 200) throw failed(new Error(`${source.statusCode} ${await source.body.text()}`));
  for (const name of FORWARDED) {
    const value = source.headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(200);
  await pipeline(source.body, response, { signal });
}
