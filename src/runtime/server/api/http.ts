import type { IncomingMessage, ServerResponse } from "node:http";
import { dumpState } from "../../core/index.ts";
import { clip, RainError } from "../../errors.ts";
import { parseMethodParams } from "../../protocol/messages/methods.ts";
import { fetchObject, sendConstant, sendPlugin, uploadConstant, uploadPlugin } from "../objects/objects.ts";
import { PendingGraphs } from "../sessions/pending-graphs.ts";
import { checkAccess } from "./access.ts";
import { type Caller, METHODS, type ServerContext } from "./methods.ts";

type Exchange = {
  server: ServerContext;
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  url: URL;
  /** Values of the groups in the route's pattern. */
  path: string[];
};
type Route = [method: string, pattern: RegExp, handle: (exchange: Exchange) => unknown];

/** The result of a handler is sent as JSON. A handler that writes the response itself returns nothing. */
const ROUTES: Route[] = [
  ["GET", /^\/healthz$/, () => ({ status: "ok" })],
  ["GET", /^\/api\/v1\/status$/, ({ server, caller }) => METHODS.status(server, {}, caller)],
  ["GET", /^\/api\/v1\/task-types$/, ({ server, caller }) => METHODS.taskTypes(server, {}, caller)],
  ["POST", /^\/api\/v1\/stop$/, ({ server, caller }) => METHODS.stopServer(server, { force: false }, caller)],
  [
    "GET",
    /^\/api\/v1\/sessions\/([^/]+)$/,
    ({ server, caller, path: [ref] }) =>
      METHODS.sessionStatus(server, { session: idOf(server, ref) }, caller),
  ],
  [
    "DELETE",
    /^\/api\/v1\/sessions\/([^/]+)$/,
    ({ server, caller, path: [ref] }) => METHODS.close(server, { session: idOf(server, ref) }, caller),
  ],
  [
    "POST",
    /^\/api\/v1\/sessions\/([^/]+)\/cancel$/,
    ({ server, caller, path: [ref] }) => METHODS.cancel(server, { session: idOf(server, ref) }, caller),
  ],
  // The state of the scheduler, for debugging.
  ["GET", /^\/api\/v1\/debug\/state$/, ({ server }) => dumpState(server.cluster.core)],
  ["GET", /^\/api\/v1\/sessions\/([^/]+)\/logs$/, sendLogs],
  [
    "GET",
    /^\/api\/v1\/sessions\/([^/]+)\/tasks\/([^/]+)\/why$/,
    ({ server, caller, path: [ref, task = ""] }) =>
      METHODS.why(server, { session: idOf(server, ref), task }, caller),
  ],
  [
    "GET",
    /^\/api\/v1\/sessions\/(\d+)\/objects\/(\d+)$/,
    ({ server, request, response, caller, path }) =>
      fetchObject(server, request, response, Number(path[0]), Number(path[1]), caller),
  ],
  [
    "PUT",
    /^\/api\/v1\/sessions\/(\d+)\/constants\/(\d+)$/,
    ({ server, request, response, path }) =>
      uploadConstant(server.cluster, request, response, Number(path[0]), Number(path[1])),
  ],
  [
    "PUT",
    /^\/api\/v1\/plugins\/([0-9a-f]{64})$/,
    ({ server, request, response, path: [hash = ""] }) =>
      uploadPlugin(server.cluster, request, response, hash),
  ],
  [
    "GET",
    /^\/api\/v1\/plugins\/([0-9a-f]{64})$/,
    ({ server, response, path: [hash = ""] }) => sendPlugin(server.cluster, response, hash),
  ],
  [
    "GET",
    /^\/objects\/(\d+)\/(\d+)$/,
    ({ server, request, response, path }) =>
      sendConstant(server.cluster, request, response, Number(path[0]), Number(path[1])),
  ],
];

/** Answers an HTTP request. An error becomes `{ "error": … }` with the status of its code. */
export async function handleRequest(
  server: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  limitStalls(server, request, response);
  try {
    checkAccess(request, server.access);
    const url = urlOf(request);
    const { handle, path } = findRoute(request.method ?? "GET", url.pathname);
    const exchange = { server, request, response, caller: httpCaller(server, request, response), url, path };
    const result = await handle(exchange);
    if (result !== undefined) sendJson(response, 200, result);
  } catch (error) {
    const failure = RainError.from(error);
    // A client that is still sending its request reads the answer only afterwards.
    request.resume();
    if (response.headersSent) response.destroy();
    else refuse(response, failure);
    if (failure.code === "INTERNAL")
      server.cluster.log.error({ err: error, url: request.url }, "a request failed");
  }
}

/**
 * Ends an exchange when the client stops reading the answer or sending the rest of its request. Handlers that
 * wait without sending bytes turn this off with `response.setTimeout(0)`.
 */
function limitStalls(
  { cluster, limits }: ServerContext,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.setTimeout(limits.stallMs, () => {
    const seconds = limits.stallMs / 1000;
    cluster.log.warn(
      { url: request.url },
      `disconnected a client that read and sent nothing for ${seconds} s`,
    );
    response.destroy();
  });
}

/** @throws USAGE */
function urlOf({ url = "/" }: IncomingMessage): URL {
  // Two slashes at the start would name a host.
  if (url.startsWith("/") && !url.startsWith("//") && URL.canParse(url, "http://localhost"))
    return new URL(url, "http://localhost");
  throw new RainError("USAGE", `${clip(url)} is not a path of this server`);
}

/** @throws USAGE */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RainError("USAGE", `${clip(part)} is not a valid part of a URL`);
  }
}

function refuse(response: ServerResponse, failure: RainError): void {
  if (failure.code === "UNAUTHORIZED") response.setHeader("www-authenticate", "Bearer");
  sendJson(response, failure.httpStatus, { error: failure.toJSON() });
}

function findRoute(method: string, pathname: string): { handle: Route[2]; path: string[] } {
  const matching = ROUTES.filter(([, pattern]) => pattern.test(pathname));
  const route = matching.find(([allowed]) => allowed === method);
  if (route) {
    return { handle: route[2], path: (route[1].exec(pathname) ?? []).slice(1).map(decodePart) };
  }
  const allowed = matching.map(([name]) => name).join(", ");
  throw new RainError(
    allowed ? "USAGE" : "NOT_FOUND",
    allowed ? `${pathname} accepts ${allowed}, not ${method}` : `there is nothing at ${pathname}`,
    { hint: "The API begins at /api/v1/status." },
  );
}

function httpCaller({ limits }: ServerContext, request: IncomingMessage, response: ServerResponse): Caller {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new RainError("INTERRUPTED", "the client disconnected")));
  return {
    agent: String(request.headers["user-agent"] ?? "http"),
    signal: gone.signal,
    unwatch: new Map(),
    graphs: new PendingGraphs(),
    own: () => {},
    progress: () => {},
    log: async (entries) => {
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
      if (lines && !response.write(lines)) {
        response.setTimeout(limits.stallMs);
        await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
        response.setTimeout(0);
      }
    },
  };
}

async function sendLogs({ server, response, caller, url, path: [ref] }: Exchange): Promise<void> {
  const task = url.searchParams.get("task");
  const query = {
    session: idOf(server, ref),
    failed: url.searchParams.has("failed"),
    follow: url.searchParams.has("follow"),
    ...(task !== null && { task: /^\d+$/.test(task) ? Number(task) : task }),
  };
  const checked = parseMethodParams("logs", query);
  response.setTimeout(0);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  await METHODS.logs(server, checked, caller);
  response.setTimeout(server.limits.stallMs);
  response.end();
}

function idOf(server: ServerContext, ref = ""): number {
  return server.cluster.findSession(ref).id;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value, (_key, entry) =>
    ArrayBuffer.isView(entry) ? Array.from(entry as Uint32Array) : entry,
  );
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${body}\n`);
}
