/* The bytes of constants, small results and plugins on the server, and their way to clients and workers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { objectReplica, objectSize } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import { SERVER_SLOT } from "../../model/slots.ts";

import { dataObjectPath, infoHeaders, infoOfHeaders } from "../../transport/data-paths.ts";
import { sendFile } from "../../transport/send-file.ts";
import { HOST_ID, isSameHost, sharedFileHeaders } from "../../transport/shared-files.ts";
import { type Caller, checkKept, METHODS, type ServerContext } from "../api/methods.ts";
import type { Cluster } from "../cluster/cluster.ts";

/** Maximum replicas to try. After each failure, the object comes from another replica or is made again. */
const MAX_REPLICAS_TRIED = 5;
const MAX_OBJECT = 0xffffffff;

/**
 * `GET …/sessions/S/objects/N` for clients: waits until the kept object exists, then streams it from a
 * replica.
 */
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
    response.setTimeout(0);
    await METHODS.wait(
      server,
      { session, tasks: new Uint32Array(), objects: Uint32Array.of(object), mode: "all" },
      caller,
    );
    response.setTimeout(server.limits.stallMs);
    checkKept(cluster, record, object);
    const slot = objectReplica(cluster.core, session, object);
    // The server prefers its own copy to the one on a worker.
    const isHere = slot !== undefined && cluster.constants.get(session, object) !== undefined;
    if (isHere || slot === SERVER_SLOT) return sendConstant(cluster, request, response, session, object);
    const worker = slot === undefined ? undefined : cluster.workers.get(slot);
    if (!worker) throw new RainError("OBJECT_LOST", `no worker has object ${object} of session ${session}`);
    try {
      const url = `${worker.hello.dataUrl}${dataObjectPath(session, object)}`;
      const size = objectSize(cluster.core, session, object) ?? 0;
      const replica = { url, size, worker: worker.slot };
      return await server.forwarder.forward(replica, request, response, caller.signal);
    } catch (error) {
      if (response.headersSent || caller.signal.aborted || attempt === MAX_REPLICAS_TRIED) throw error;
      cluster.log.warn(
        { err: error },
        `looking for another replica of object ${object} of session ${session}`,
      );
      const objects = Uint32Array.of(object);
      const sources = Uint32Array.of(worker.slot);
      cluster.dispatch({ kind: "objectsMissing", session, objects, sources }, undefined);
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
    await sendFile(request, response, stored.path, { size, headers });
  }
}

/** `PUT …/sessions/S/constants/N`: a constant that is too large for its submit. */
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
    throw new RainError("INVALID_GRAPH", `object ${object} of session ${session} has already been submitted`);
  }
  const { dataType, contentType, file } = infoOfHeaders(request.headers);
  const declared = { dataType, contentType, ...(file && { file }) };
  const info = await cluster.constants.upload(session, object, declared, request);
  if (!cluster.sessions.has(session)) await cluster.constants.dropSession(session);
  response.writeHead(201, { "content-type": "application/json" });
  response.end(JSON.stringify({ size: info.size }));
}

/** `PUT …/plugins/HASH`: a plugin that a session will need. */
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
