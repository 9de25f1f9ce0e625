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

/** How a lost server is looked for. */
const RETRY = { firstDelayMs: 100, maxDelayMs: 2_000, patienceMs: 5 * 60_000 };

export interface ServerLinkOptions {
  /** `HOST:PORT` */
  server: string;
  credentials: Credentials;
  /** What the worker says of itself, at the time. */
  hello: () => Omit<WorkerHello, "former">;
  onBatch: (messages: readonly ServerToWorker[]) => void;
  /** It has joined the server as this slot; `isNew`: what it has of sessions is nothing to this cluster. */
  onJoined: (slot: number, isNew: boolean) => void;
  /** The server is lost, or has lost this worker. It is looked for again. */
  onLost: () => void;
  /** What the worker still has when a server of the same cluster is found again. */
  inventory: () => InventoryPart[];
  /** An orderly end, or the error that says why there is no server any more. Called once. */
  onEnd: (error: RainError | undefined) => void;
  log: Logger;
}

type WorkerLink = Link<WorkerToServer, ServerToWorker>;

/**
 * The connection of a worker to its server. When it is lost for good, the worker joins anew: the server that went on without it, or one that
 * was started on the same journal, with all that it still has.
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

  /** While the server is lost, nothing is sent: what the worker has then tells what it did. */
  send(message: WorkerToServer): void {
    this.#link?.send(message);
  }

  /** Settles when no socket is left. */
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
    link.onSuspend = () =>
      log.warn(`the connection to the server at ${server} dropped; looking for it again`);
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
    log.warn({ err: error }, "the server is lost; what runs goes on, and the server is looked for");
    onLost();
    this.#rejoining = this.#rejoin(error);
  }

  async #rejoin(lost: RainError): Promise<void> {
    const { log, onEnd } = this.#options;
    const { signal } = this.#closing;
    try {
      await retry(() => this.join(), { ...RETRY, signal, isTransient: isUnreachable });
      log.info("the server is found again");
    } catch (error) {
      if (signal.aborted) onEnd(undefined);
      else onEnd(isUnreachable(error) ? lost : RainError.from(error));
    }
  }
}
