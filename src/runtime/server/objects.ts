import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Agent, request as httpRequest } from "undici";
import { objectHolder, objectSize } from "../core/index.ts";
import { messageOf, RainError } from "../errors.ts";
import { dataObjectPath, infoHeaders, infoOfHeaders } from "../protocol/data-paths.ts";
import { download } from "../protocol/download.ts";
import { peerConnector } from "../protocol/peer-connector.ts";
import { sendFile } from "../protocol/send-file.ts";
import { forwardedHostHeaders, HOST_ID, isSameHost, sharedFileHeaders } from "../protocol/shared-files.ts";
import { SERVER_SLOT } from "../protocol/worker-messages.ts";
import type { Cluster } from "./cluster.ts";
import { type Caller, checkKept, METHODS, type ServerContext } from "./methods.ts";

/** So many holders of an object may fail to send it; after each, it comes from another or is made again. */
const MOST_HOLDERS_TRIED = 5;
const SILENT_MS = 30_000;
const MAX_OBJECT = 0xffffffff;
/** Larger objects come over a connection of their own, through large buffers. */
const MAX_POOLED_BYTES = 1 << 20;
/** Connections to the workers, kept for a while. */
const workerConnections = new Agent({ connect: peerConnector() });

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
  for (let attempt = 1; ; attempt++) {
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
    try {
      const url = `${worker.hello.dataUrl}${dataObjectPath(session, object)}`;
      const size = objectSize(cluster.core, session, object) ?? 0;
      return await forward(url, size, worker.slot, request, response, caller.signal);
    } catch (error) {
      if (response.headersSent || caller.signal.aborted || attempt === MOST_HOLDERS_TRIED) throw error;
      cluster.log.warn({ err: error }, `object ${object} of session ${session} is looked for elsewhere`);
      cluster.dispatch({
        kind: "objectsMissing",
        session,
        objects: Uint32Array.of(object),
        sources: Uint32Array.of(worker.slot),
      });
    }
  }
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
  const { size, dataType } = stored.info;
  if ("data" in stored) {
    response.writeHead(200, { ...headers, "content-length": size }).end(stored.data);
  } else if (dataType === "blob" && isSameHost(request.headers, HOST_ID)) {
    const shared = await sharedFileHeaders(stored.path);
    response.writeHead(200, { ...headers, ...shared, "content-length": 0 }).end();
  } else {
    await sendFile(request, response, stored.path, size, headers);
  }
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
  if (object > MAX_OBJECT) throw new RainError("INVALID_GRAPH", `an object cannot have the number ${object}`);
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
  "x-rain-path",
  "x-rain-file",
];

/** Passes on what a worker has: its bytes or, to a client on the worker's machine, the name of its file. */
async function forward(
  url: string,
  size: number,
  worker: number,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const failed = (error: unknown) =>
    new RainError("OBJECT_LOST", `cannot read the object from worker ${worker}: ${messageOf(error)}`, {
      cause: error,
    });
  const headers = forwardedHostHeaders(request.headers);
  if (size <= MAX_POOLED_BYTES) return forwardPooled(url, headers, response, signal, failed);
  const source = await download(url, headers, signal).catch((error) => {
    throw failed(error);
  });
  try {
    if (source.status !== 200) throw failed(new Error(`it answered with HTTP status ${source.status}`));
    // The length of a directory's tar is not known beforehand.
    if (source.length === undefined) return await forwardPooled(url, {}, response, signal, failed);
    copyHeaders(source.headers, response);
    await pipeline(source.body, response, { signal });
  } finally {
    source.close();
  }
}

/** Over a connection that is kept: for what is small, a new one would cost more than the bytes. */
async function forwardPooled(
  url: string,
  headers: Record<string, string>,
  response: ServerResponse,
  signal: AbortSignal,
  failed: (error: unknown) => RainError,
): Promise<void> {
  const limits = { headersTimeout: SILENT_MS, bodyTimeout: SILENT_MS, dispatcher: workerConnections };
  const source = await httpRequest(url, { headers, signal, ...limits }).catch((error) => {
    throw failed(error);
  });
  if (source.statusCode !== 200) {
    await source.body.dump();
    throw failed(new Error(`it answered with HTTP status ${source.statusCode}`));
  }
  copyHeaders(source.headers, response);
  await pipeline(source.body, response, { signal });
}

function copyHeaders(headers: Record<string, string | string[] | undefined>, response: ServerResponse): void {
  for (const name of FORWARDED) {
    const value = headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(200);
}
