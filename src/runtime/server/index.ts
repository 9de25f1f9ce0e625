import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { RainError } from "../errors.ts";
import { VERSION } from "../protocol/version.ts";
import { checkAccess } from "./access.ts";
import { acceptClients } from "./clients.ts";
import { Cluster } from "./cluster.ts";
import { Constants } from "./constants.ts";
import { handleRequest } from "./http.ts";
import { Journal } from "./journal/writer.ts";
import type { ServerContext } from "./methods.ts";
import { PluginStore } from "./plugin-store.ts";
import { ProgressBoard } from "./progress.ts";
import { acceptWorkers } from "./workers.ts";

export interface ServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** For the journal, which stays, and the uploaded constants and plugins, which do not. */
  stateDir: string;
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

/** Starts the server. @throws START_FAILED when the address is taken, IO when the state directory cannot be written */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log, stateDir } = options;
  const http = createServer();
  await listen(http, options.host, options.port);
  const address = addressOf(http);
  const constants = new Constants(join(stateDir, "constants"));
  const journal = await Journal.create(join(stateDir, "journal.rain")).catch(async (error) => {
    http.close();
    throw error;
  });
  const startedAt = Date.now();
  const plugins = new PluginStore(join(stateDir, "plugins"));
  const cluster = new Cluster(journal, constants, plugins, log);
  const progress = new ProgressBoard(cluster);
  let stopping: Promise<void> | undefined;
  let closed: () => void;
  const whenClosed = new Promise<void>((resolve) => (closed = resolve));

  const context: ServerContext = {
    cluster,
    progress,
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
  const workers = acceptWorkers(cluster);
  http.on("request", (request, response) => void handleRequest(context, request, response));
  const upgrades = { "/ws/client": clients, "/ws/worker": workers };
  http.on("upgrade", (request, socket, head) => handleUpgrade(upgrades, request, socket as Socket, head));
  journal.append(0, ["serverStarted", { version: VERSION, address, pid: process.pid }]);
  log.info({ address, pid: process.pid }, `Rain ${VERSION} listens on ${address}`);

  const stop = ({ force = false } = {}): Promise<void> => {
    stopping ??= shutDown(force).finally(() => closed());
    return stopping;
  };

  /** In the reverse order of the start. */
  async function shutDown(force: boolean): Promise<void> {
    log.info("stopping");
    for (const record of cluster.sessions.values()) cluster.cancel(record, "the server was stopped");
    for (const worker of cluster.workers.values()) worker.link.send(["stop", {}]);
    if (!force) await until(() => cluster.workers.size === 0, WORKER_STOP_MS);
    await clients.close();
    await workers.close();
    progress.close();
    cluster.shutDown();
    journal.append(0, ["serverStopped", {}]);
    await journal.close();
    await constants.clear();
    await plugins.clear();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  }

  return { address, closed: whenClosed, stop };
}

type Upgrades = Record<
  string,
  { handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void }
>;

function handleUpgrade(upgrades: Upgrades, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const refuse = (status: string) => {
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
  };
  try {
    checkAccess(request);
    const acceptor = upgrades[request.url ?? "/"];
    if (acceptor) acceptor.handleUpgrade(request, socket, head);
    else refuse("404 Not Found");
  } catch {
    refuse("403 Forbidden");
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
    http.listen(port, host, resolve);
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
