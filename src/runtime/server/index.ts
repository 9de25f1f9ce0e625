import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { clip, RainError } from "../errors.ts";
import { isLoopback } from "../platform/hosts.ts";
import { refuseUpgrade } from "../protocol/link/refuse-upgrade.ts";
import { SERVER_SLOT } from "../protocol/messages/worker-messages.ts";
import { VERSION } from "../protocol/version.ts";
import type { Trust } from "../security/credentials.ts";
import { createHttpServer, type Identity } from "../transport/http-server.ts";
import { type AccessRules, checkAccess } from "./api/access.ts";
import { acceptClients } from "./api/clients.ts";
import { handleRequest } from "./api/http.ts";
import { type ServerLimits, serverLimits } from "./api/limits.ts";
import type { ServerContext } from "./api/methods.ts";
import { Cluster } from "./cluster/cluster.ts";
import { acceptWorkers } from "./cluster/workers.ts";
import { openJournal } from "./journal/open.ts";
import { Constants } from "./objects/constants.ts";
import { Forwarder } from "./objects/forwarder.ts";
import { PluginStore } from "./objects/plugin-store.ts";
import { ProgressBoard } from "./sessions/progress.ts";
import { restoreSessions } from "./sessions/restoration.ts";

export interface ServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** What clients and workers must bear; needed unless `host` is loopback. */
  token?: string;
  /** By what it proves who it is. Present: TLS is spoken, by the workers among each other, too. */
  identity?: Identity;
  /** Whom it trusts to be a worker. */
  trust?: Trust;
  /**
   * For the journal, which stays, and the uploaded constants and plugins, which go when the server is stopped. With the journal of a former
   * server, this one goes on with its sessions.
   */
  stateDir: string;
  /** Where they are to differ from `serverLimits`. */
  limits?: Partial<ServerLimits>;
  log: Logger;
}

export interface RunningServer {
  /** `HOST:PORT` */
  readonly address: string;
  /** Resolves when it has stopped, whoever asked for it. */
  readonly closed: Promise<void>;
  /** Tells the workers to stop, closes the journal. `force` does not wait for the workers. */
  stop(options?: { force?: boolean }): Promise<void>;
}

/** How long the workers have to put away what they run when the server stops. */
const WORKER_STOP_MS = 8_000;
/** Connections that wait to be accepted: many clients may come at the same moment. The system may allow fewer. */
const BACKLOG = 4096;
/** For the head of a request. */
const HEADERS_MS = 20_000;

/**
 * Starts the server; it is ready when this resolves, with the sessions of a former one.
 * @throws USAGE without a token where others reach it; START_FAILED when the address is taken, or another server uses the journal; IO when
 *   the state directory cannot be written
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, token, identity, trust = {}, log, stateDir } = options;
  if (token === undefined && !isLoopback(host)) {
    throw new RainError("USAGE", `others than this machine reach ${host}: a server there needs a token`);
  }
  const access: AccessRules = { host, token, secure: identity !== undefined };
  const { journal, past, unlock } = await openJournal(join(stateDir, "journal.rain"), log);
  const limits = { ...serverLimits(), ...options.limits };
  // How long an upload takes has no limit of its own: only that it goes on.
  const http = createHttpServer(identity, { headersTimeout: HEADERS_MS, requestTimeout: 0 });
  http.maxConnections = limits.sockets;
  await listen(http, host, options.port).catch(async (error) => {
    await journal.close();
    await unlock();
    throw error;
  });
  // Such as no file descriptor for a new connection: that one is lost, the others go on.
  http.on("error", (error) => log.error({ err: error }, "a connection could not be taken"));
  const address = addressOf(http);
  const constants = new Constants(join(stateDir, "constants"));
  const plugins = new PluginStore(join(stateDir, "plugins"));
  const startedAt = Date.now();
  const { cluster: id = randomUUID(), lastSession = 0, lastSlot = SERVER_SLOT } = past ?? {};
  const cluster = new Cluster({ journal, constants, plugins, log, id, lastSession, lastSlot });
  const progress = new ProgressBoard(cluster);
  let stopping: Promise<void> | undefined;
  let closed: () => void;
  const whenClosed = new Promise<void>((resolve) => (closed = resolve));

  const forwarder = new Forwarder({ token, ...(identity && { tls: trust }) });
  const context: ServerContext = {
    cluster,
    progress,
    access,
    limits,
    forwarder,
    describe: () => ({
      address,
      version: VERSION,
      runtime: runtimeName(),
      pid: process.pid,
      uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
    }),
    requestStop: (force) => void setTimeout(() => void stop({ force }), 20),
  };
  const clients = acceptClients(context);
  const workers = acceptWorkers(cluster, access, limits.workers);
  const restored = restoreSessions(cluster, past);
  http.on("request", (request, response) => {
    void restored.then(() => handleRequest(context, request, response));
  });
  const upgrades = { "/ws/client": clients, "/ws/worker": workers };
  http.on("upgrade", (request, socket, head) => {
    // Until somebody takes it over: a peer that hangs up meanwhile must not end the server.
    socket.on("error", () => socket.destroy());
    // Workers are what a restoration waits for.
    const admitted = request.url === "/ws/worker" ? Promise.resolve() : restored;
    void admitted.then(() => handleUpgrade(upgrades, access, request, socket, head));
  });
  journal.append(0, ["serverStarted", { version: VERSION, address, pid: process.pid, cluster: id }]);
  journal.write();
  log.info({ address, pid: process.pid }, `Rain ${VERSION} listens on ${address}`);

  const stop = ({ force = false } = {}): Promise<void> => {
    stopping ??= shutDown(force).finally(() => closed());
    return stopping;
  };

  /** In the reverse order of the start. */
  async function shutDown(force: boolean): Promise<void> {
    log.info("stopping");
    for (const record of cluster.sessions.values()) cluster.cancel(record, "the server was stopped");
    cluster.isStopping = true;
    for (const worker of cluster.workers.values()) worker.link.send(["stop", {}]);
    if (!force) await until(() => cluster.workers.size === 0, WORKER_STOP_MS);
    await clients.close();
    await workers.close();
    progress.close();
    await forwarder.close();
    await cluster.end();
    journal.append(0, ["serverStopped", {}]);
    await journal.close();
    await unlock();
    await constants.clear();
    await plugins.clear();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  }

  await restored;
  return { address, closed: whenClosed, stop };
}

type Upgrades = Record<
  string,
  { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void }
>;

function handleUpgrade(
  upgrades: Upgrades,
  access: AccessRules,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  try {
    checkAccess(request, access);
    const path = request.url ?? "/";
    const acceptor = Object.hasOwn(upgrades, path) ? upgrades[path] : undefined;
    if (!acceptor) throw new RainError("NOT_FOUND", `no WebSocket is offered at ${clip(path)}`);
    acceptor.handleUpgrade(request, socket, head);
  } catch (error) {
    refuseUpgrade(socket, RainError.from(error));
  }
}

function listen(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const reason = taken ? "another program listens there" : error.message;
      reject(
        new RainError("START_FAILED", `cannot listen on ${host}:${port}: ${reason}`, {
          hint: taken ? "Choose another port with --listen, or --listen 0 for a free one." : undefined,
          details: { address: `${host}:${port}` },
          cause: error,
        }),
      );
    });
    http.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

function addressOf(http: Server): string {
  const { address, port, family } = http.address() as AddressInfo;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}

function runtimeName(): string {
  const deno = process.versions.deno;
  return deno ? `Deno ${deno}` : `Node ${process.versions.node}`;
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition() && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
}
