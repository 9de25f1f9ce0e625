import type { Logger } from "pino";
import { isUnreachable, RainError } from "../../errors.ts";
import { retry } from "../../platform/retry.ts";
import { connectLink } from "../../protocol/link/connect.ts";
import type { Link } from "../../protocol/link/link.ts";
import type {
  InventoryPart,
  ServerToWorker,
  WorkerHello,
  WorkerToServer,
  WorkerWelcome,
} from "../../protocol/messages/index.ts";
import { parseServerToWorker, parseWorkerWelcome } from "../../protocol/messages/worker-link.ts";
import type { Credentials } from "../../security/credentials.ts";

/** Attempts to find a lost server again. */
const RETRY = { firstDelayMs: 100, maxDelayMs: 2_000, patienceMs: 5 * 60_000 };

export interface ServerLinkOptions {
  /** `HOST:PORT` */
  server: string;
  credentials: Credentials;
  /** Describes the worker at the time of the call. */
  hello: () => Omit<WorkerHello, "former">;
  onBatch: (messages: readonly ServerToWorker[]) => void;
  /** Called when the worker has joined the server as this slot. `isNew`: the cluster does not know the worker's sessions. */
  onJoined: (slot: number, isNew: boolean) => void;
  /** Called when the server is lost, or has given up this worker. The worker then joins again. */
  onLost: () => void;
  /** Lists what the worker still has, for a server of the same cluster. */
  inventory: () => InventoryPart[];
  /** Called once, at an orderly end or with the error if no server can be found any more. */
  onEnd: (error: RainError | undefined) => void;
  log: Logger;
}

type WorkerLink = Link<WorkerToServer, ServerToWorker>;

/**
 * The connection of a worker to its server. If it cannot be resumed, the worker joins again, with everything
 * that it still has: the same
 * server, or one that was started on the same journal.
 */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  readonly #closing = new AbortController();
  #link: WorkerLink | undefined;
  #former: WorkerHello["former"];
  #rejoining: Promise<void> = Promise.resolve();

  constructor(options: ServerLinkOptions) {
    this.#options = options;
  }

  /** Messages are dropped while the server is lost: the inventory replaces them. */
  send(message: WorkerToServer): void {
    this.#link?.send(message);
  }

  /** Settles when all sockets are closed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rejoining;
    this.#link?.close();
    await this.#link?.ended;
  }

  /** Joins the server. @throws SERVER_UNREACHABLE, VERSION_MISMATCH, REFUSED */
  async join(): Promise<void> {
    const { server, credentials, hello, onBatch, onJoined, inventory, log } = this.#options;
    const former = this.#former;
    const { link, welcome } = await connectLink<WorkerToServer, ServerToWorker, WorkerHello, WorkerWelcome>({
      address: server,
      path: "/ws/worker",
      credentials,
      hello: { ...hello(), ...(former && { former }) },
      parse: parseServerToWorker,
      parseWelcome: parseWorkerWelcome,
      resumable: true,
      signal: this.#closing.signal,
    });
    const isNew = former?.cluster !== welcome.cluster;
    this.#former = welcome;
    this.#link = link;
    onJoined(welcome.worker, isNew);
    if (!isNew) {
      for (const part of inventory()) link.send(["inventory", part]);
      link.send(["inventoryEnd", {}]);
    }
    link.onBatch = onBatch;
    link.onSuspend = () => log.warn(`the connection to the server at ${server} broke; looking for it again`);
    link.onResume = () => log.info("the server is back");
    link.onClose = (error) => this.#lost(error);
  }

  #lost(error: RainError | undefined): void {
    const { log, onEnd, onLost } = this.#options;
    this.#link = undefined;
    if (error?.code !== "SERVER_LOST" || this.#closing.signal.aborted) {
      onEnd(error);
      return;
    }
    log.warn({ err: error }, "the server is lost; running tasks continue while the worker looks for it");
    onLost();
    this.#rejoining = this.#rejoin(error);
  }

  async #rejoin(lost: RainError): Promise<void> {
    const { log, onEnd } = this.#options;
    const { signal } = this.#closing;
    try {
      await retry(() => this.join(), { ...RETRY, signal, isTransient: isUnreachable });
      log.info("the worker has joined the server again");
    } catch (error) {
      if (signal.aborted) onEnd(undefined);
      else onEnd(isUnreachable(error) ? lost : RainError.from(error));
    }
  }
}
