import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Client, connect } from "../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../src/runtime/errors.ts";
import { NO_TASKS } from "../../../../src/runtime/model/task-counts.ts";
import { LinkAcceptor } from "../../../../src/runtime/protocol/link/accept.ts";
import type { Link } from "../../../../src/runtime/protocol/link/link.ts";
import {
  parseClientHello,
  parseClientToServer,
} from "../../../../src/runtime/protocol/messages/client-link.ts";
import type {
  ClientHello,
  ClientToServer,
  ClientWelcome,
  Method,
  Methods,
  ServerToClient,
  SessionProgress,
  Submission,
} from "../../../../src/runtime/protocol/messages/index.ts";
import { parseMethodParams } from "../../../../src/runtime/protocol/messages/methods.ts";

type Answer<M extends Method> =
  | Methods[M]["result"]
  | Promise<Methods[M]["result"]>
  /** Never answered. */
  | undefined;

type Handlers = { [M in Method]?: (params: Methods[M]["params"], id: number) => Answer<M> };

export interface FakeServer {
  address: string;
  client: Client;
  links: Link<ServerToClient, ClientToServer>[];
  /** All calls so far. */
  calls: { id: number; method: Method; params: unknown }[];
  /** Everything that was sent so far. */
  chunks: Submission[];
  /** Constants that were uploaded, by path, with their headers. */
  uploads: Map<string, { headers: IncomingMessage["headers"]; body: Buffer }>;
  /** Breaks every connection, as a crash does. */
  crash(): void;
}

interface FakeOptions {
  on?: Handlers;
  /** Answers `GET` of objects. */
  /** Milliseconds that the client tries to reconnect after a crash. */
  patienceMs?: number;
  /** Ids of the cluster for the first connections. Later ones get "test". */
  clusters?: string[];
  onFetch?: (path: string, response: ServerResponse) => void;
}

export function progressOf(session: number, state: SessionProgress["state"], finished = 0): SessionProgress {
  return { session, state, tasks: { ...NO_TASKS, finished }, groups: [], longest: [], blocked: 0 };
}

/** A server that accepts every call, unless `on` answers it, and a client that is connected to the server. */
export async function startFakeServer({
  on = {},
  onFetch,
  patienceMs = 0,
  clusters = [],
}: FakeOptions = {}): Promise<FakeServer> {
  const calls: FakeServer["calls"] = [];
  const chunks: Submission[] = [];
  const uploads: FakeServer["uploads"] = new Map();
  const links: FakeServer["links"] = [];
  const sockets = new Set<Socket>();
  let sessions = 0;

  const defaults: Handlers = {
    newSession: () => ({ session: ++sessions }),
    addChunk: ({ chunk }) => {
      chunks.push(chunk);
      return {};
    },
    wait: ({ tasks, objects }) => ({ tasks, objects }),
    watch: ({ session }) => progressOf(session, "open"),
  };
  const answer = (link: FakeServer["links"][number]) => async (call: FakeServer["calls"][number]) => {
    const { id, method } = call;
    try {
      const params = parseMethodParams(method, call.params);
      calls.push({ id, method, params });
      const handler = (on[method] ?? defaults[method] ?? (() => ({}))) as (
        params: unknown,
        id: number,
      ) => unknown;
      const result = await handler(params, id);
      if (result !== undefined) link.send(["reply", { id, result }]);
    } catch (error) {
      link.send(["error", { id, error: RainError.from(error).toJSON() }]);
    }
  };

  const acceptor = new LinkAcceptor<ServerToClient, ClientToServer, ClientHello, ClientWelcome>({
    parseHello: parseClientHello,
    parse: parseClientToServer,
    resumable: false,
    maxConnections: 10,
    welcome(_hello, link) {
      links.push(link);
      link.onBatch = (messages) => messages.forEach(([, call]) => void answer(link)(call));
      link.onClose = () => {};
      return { client: links.length, cluster: clusters.shift() ?? "test" };
    },
  });
  const http = createServer(async (request, response) => {
    if (request.method === "GET") return onFetch?.(request.url ?? "", response);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    uploads.set(request.url ?? "", { headers: request.headers, body });
    response.writeHead(201).end(JSON.stringify({ size: body.length }));
  });
  http.on("upgrade", (request, socket, head) => acceptor.handleUpgrade(request, socket, head));
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const crash = () => {
    for (const socket of sockets) socket.destroy();
  };
  const client = await connect(address, { patienceMs });
  onTestFinished(async () => {
    await client.close();
    await acceptor.close();
    crash();
    await new Promise((resolve) => http.close(resolve));
  });
  return { address, client, links, calls, chunks, uploads, crash };
}
