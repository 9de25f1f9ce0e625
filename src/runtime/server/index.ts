import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Logger } from "pino";
import { RainError } from "../errors.ts";
import { SERVER_SLOT } from "../model/slots.ts";
import { isLoopback } from "../platform/hosts.ts";
import { VERSION } from "../protocol/version.ts";
import type { Trust } from "../security/credentials.ts";
import { createHttpServer, type Identity } from "../transport/http-server.ts";
import type { AccessRules } from "./api/access.ts";
import { acceptClients } from "./api/clients.ts";
import { type ServerLimits, serverLimits } from "./api/limits.ts";
import { listen } from "./api/listen.ts";
import type { ServerContext } from "./api/methods.ts";
import { serve } from "./api/serve.ts";
import { Cluster } from "./cluster/cluster.ts";
import { acceptWorkers } from "./cluster/workers.ts";
import { type OpenJournal, openJournal } from "./journal/open.ts";
import { Constants } from "./objects/constants.ts";
import { Forwarder } from "./objects/forwarder.ts";
import { PluginStore } from "./objects/plugin-store.ts";
import { ProgressBoard } from "./sessions/progress.ts";
import { restoreSessions } from "./sessions/restoration.ts";
import { shutDown } from "./shut-down.ts";

/*
 * The server: the shell around the core.
 *
 *   api/       HTTP routes, WebSocket clients and their methods, access, limits
 *   cluster/   sessions and workers; events for the core, and its effects; links to workers and their reports
 *   sessions/  records of sessions, submits, waits, progress, status, refs, errors; sessions of a former server
 *   objects/   uploaded constants, copies of small results, plugins; bytes on their way to clients
 *   journal/   records: derived, written, compacted, read and replayed
 *   logs/      log entries from the journal, for `rain logs`
 *   why/       the history of a task, for `rain why`
 *   dry-run/   where the tasks of a graph would run
 */

export interface ServerOptions {
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Token that clients and workers must send. Required unless `host` is loopback. */
  token?: string | undefined;
  /** Certificate of the server. If present, all connections use TLS, including those between workers. */
  identity?: Identity | undefined;
  /** Authorities whose worker certificates the server accepts. */
  trust?: Trust | undefined;
  /**
   * Directory of the journal, the uploaded constants and the plugins. Only the journal stays when the server
   * is stopped. With the journal of a former server, this server continues its sessions.
   */
  stateDir: string;
  /** Limits that differ from `serverLimits`. */
  limits?: Partial<ServerLimits> | undefined;
  log: Logger;
}

export interface RunningServer {
  /** `HOST:PORT` */
  readonly address: string;
  /** Resolves when the server has stopped, for whatever reason. */
  readonly closed: Promise<void>;
  /**
   * Stops the workers and closes the journal. With `force`, it does not wait for the workers. With
   * `keepSessions`, workers and sessions go on with the next server on this journal.
   */
  stop(options?: { force?: boolean; keepSessions?: boolean }): Promise<void>;
}

/** Maximum time for the headers of a request to arrive. */
const HEADERS_MS = 20_000;

/**
 * Starts a server. Resolves when the server is ready and has restored the sessions of a former one.
 * @throws USAGE if other machines can reach the server and there is no token; START_FAILED if the address is
 * taken or another server uses the journal; IO if the state directory cannot be written
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, token, log, stateDir } = options;
  if (token === undefined && !isLoopback(host)) {
    throw new RainError("USAGE", `other machines can reach ${host}, so the server needs a token`);
  }
  const limits = { ...serverLimits(), ...options.limits };
  const opened = await openJournal(join(stateDir, "journal.rain"), log);
  try {
    const { http, address } = await openPort(options, limits);
    return await run(options, limits, opened, http, address);
  } catch (error) {
    await opened.journal.close();
    await opened.unlock();
    throw error;
  }
}

/** Runs a server that listens. On error, stops it without an end of its sessions, but leaves the journal open. */
async function run(
  options: ServerOptions,
  limits: ServerLimits,
  opened: OpenJournal,
  http: Server,
  address: string,
): Promise<RunningServer> {
  const { host, token, identity } = options;
  const cluster = createCluster(options, opened);
  const access: AccessRules = { host, token, secure: identity !== undefined };
  let stopping: Promise<void> | undefined;
  let closed = () => {};
  const whenClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const stop = ({ force = false, keepSessions = false } = {}): Promise<void> => {
    const parts = { context, clients, workers, http, unlock: opened.unlock };
    stopping ??= shutDown(parts, { force, keepSessions }).finally(closed);
    return stopping;
  };
  const context: ServerContext = {
    cluster,
    progress: new ProgressBoard(cluster),
    access,
    limits,
    forwarder: new Forwarder({
      ...(token !== undefined && { token }),
      ...(identity && { tls: options.trust ?? {} }),
    }),
    describe: describeServer(address),
    requestStop: (force) => void setTimeout(() => void stop({ force }), 20),
  };
  const clients = acceptClients(context);
  const workers = acceptWorkers(cluster, access, limits.workers);
  const restored = restoreSessions(cluster, opened.former);
  serve(http, context, { "/ws/client": clients, "/ws/worker": workers }, restored);
  recordStart(cluster, address);
  try {
    await restored;
  } catch (error) {
    await stop({ force: true, keepSessions: true });
    throw error;
  }
  return { address, closed: whenClosed, stop };
}

/** Starts listening. */
async function openPort(
  { identity, host, port, log }: ServerOptions,
  limits: ServerLimits,
): Promise<{ http: Server; address: string }> {
  // An upload may take any time, as long as it makes progress.
  const http = createHttpServer(identity, { headersTimeout: HEADERS_MS, requestTimeout: 0 });
  http.maxConnections = limits.sockets;
  const address = await listen(http, host, port);
  // For instance no file descriptor is left. Only the new connection is lost.
  http.on("error", (error) => log.error({ err: error }, "a connection could not be accepted"));
  return { http, address };
}

function createCluster({ stateDir, log }: ServerOptions, { journal, former }: OpenJournal): Cluster {
  const constants = new Constants(join(stateDir, "constants"));
  const plugins = new PluginStore(join(stateDir, "plugins"));
  const { cluster: id = randomUUID(), lastSession = 0, lastSlot = SERVER_SLOT } = former ?? {};
  return new Cluster({ journal, constants, plugins, log, id, lastSession, lastSlot });
}

function describeServer(address: string): ServerContext["describe"] {
  const startedAt = Date.now();
  const { deno, node } = process.versions;
  return () => ({
    address,
    version: VERSION,
    runtime: deno ? `Deno ${deno}` : `Node ${node}`,
    pid: process.pid,
    uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
  });
}

function recordStart({ journal, log, id }: Cluster, address: string): void {
  const { pid } = process;
  journal.append(0, ["serverStarted", { version: VERSION, address, pid, cluster: id }]);
  journal.write();
  log.info({ address, pid }, `Rain ${VERSION} listens on ${address}`);
}
