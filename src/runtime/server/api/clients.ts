import { clip, RainError } from "../../errors.ts";
import { LinkAcceptor } from "../../protocol/link/accept.ts";
import type { Link } from "../../protocol/link/link.ts";
import { parseClientHello, parseClientToServer } from "../../protocol/messages/client-link.ts";
import type {
  ClientHello,
  ClientToServer,
  ClientWelcome,
  LogEntry,
  Method,
  ServerToClient,
} from "../../protocol/messages/index.ts";
import { parseMethodParams } from "../../protocol/messages/methods.ts";
import { PendingGraphs } from "../sessions/pending-graphs.ts";
import { type Caller, callMethod, type ServerContext } from "./methods.ts";

/** Maximum bytes of answers that a client has not read. */
const MAX_UNREAD_BYTES = 64 << 20;
/** Maximum concurrent calls of a client. It is high because some clients wait for each task separately. */
const MAX_CALLS = 100_000;
/** Maximum characters of an error message. */
const MAX_MESSAGE_LENGTH = 100_000;
/** Log entries wait when a client is this many bytes behind. */
const LOG_BACKLOG = 4 << 20;
const LOG_PAUSE_MS = 20;

type Call = Extract<ClientToServer, ["call", unknown]>[1];

export type ClientAcceptor = LinkAcceptor<ServerToClient, ClientToServer, ClientHello, ClientWelcome>;

/** Lets clients connect over `/ws/client`. */
export function acceptClients(server: ServerContext): ClientAcceptor {
  let last = 0;
  return new LinkAcceptor<ServerToClient, ClientToServer, ClientHello, ClientWelcome>({
    parseHello: parseClientHello,
    parse: parseClientToServer,
    resumable: false,
    graceMs: 0,
    maxConnections: server.limits.clients,
    maxPendingBytes: MAX_UNREAD_BYTES,
    welcome(hello, link) {
      const client = new ClientConnection(server, hello.agent, link);
      link.onBatch = (messages) => {
        for (const [, call] of messages) client.take(call);
      };
      link.onClose = (error) => client.gone(error);
      server.cluster.log.debug({ client: hello.agent }, "a client connected");
      return { client: ++last, cluster: server.cluster.id };
    },
  });
}

/** A connected client, its calls in progress and the sessions that end with it. */
class ClientConnection {
  readonly #server: ServerContext;
  readonly #agent: string;
  readonly #link: Link<ServerToClient, ClientToServer>;
  /** Ids of the sessions that end with the client. Not records, since most are closed long before. */
  readonly #owned = new Set<number>();
  /** Size of `#owned` at which closed sessions are removed from it. */
  #tidyAt = 100;
  readonly #calls = new Map<number, AbortController>();
  readonly #unwatch = new Map<number, () => void>();
  readonly #graphs = new PendingGraphs();

  constructor(server: ServerContext, agent: string, link: Link<ServerToClient, ClientToServer>) {
    this.#server = server;
    this.#agent = agent;
    this.#link = link;
  }

  /**
   * Starts a call.
   * @throws INVALID_MESSAGE if a call with this id is in progress; this closes the connection
   */
  take(call: Call): void {
    const { id } = call;
    if (this.#calls.has(id)) throw new RainError("INVALID_MESSAGE", `call ${id} is already in progress`);
    if (this.#calls.size >= MAX_CALLS) {
      this.#refuse(
        id,
        new RainError("LIMIT_EXCEEDED", `this client already has ${MAX_CALLS} calls in progress`),
      );
      return;
    }
    const abort = new AbortController();
    this.#calls.set(id, abort);
    void this.#answer(call, abort.signal);
  }

  async #answer({ id, method, params }: Call, signal: AbortSignal): Promise<void> {
    try {
      const result = await this.#run(method, params, this.#caller(id, signal));
      this.#link.send(["reply", { id, result }]);
    } catch (error) {
      const failure = RainError.from(error);
      if (failure.code === "INTERNAL")
        this.#server.cluster.log.error({ err: error, method }, "a call failed");
      this.#refuse(id, failure);
    } finally {
      this.#calls.delete(id);
    }
  }

  #refuse(id: number, failure: RainError): void {
    const error = failure.toJSON();
    this.#tell(["error", { id, error: { ...error, message: clip(error.message, MAX_MESSAGE_LENGTH) } }]);
  }

  /** Sends a message. Closes the connection if the message is too large, so that the client gets an error. */
  #tell(message: ServerToClient): void {
    try {
      this.#link.send(message);
    } catch (error) {
      this.#link.close(RainError.from(error));
    }
  }

  gone(reason: RainError | undefined): void {
    const { cluster } = this.#server;
    if (reason) cluster.log.info({ client: this.#agent }, `a client disconnected: ${reason.message}`);
    for (const abort of this.#calls.values())
      abort.abort(new RainError("SERVER_LOST", "the client disconnected"));
    for (const unwatch of this.#unwatch.values()) unwatch();
    this.#graphs.clear();
    for (const id of this.#owned) {
      const record = cluster.sessions.get(id);
      if (record) cluster.abandon(record, "its client disconnected");
    }
  }

  #run(method: Method, params: unknown, caller: Caller): unknown {
    if (method === "abort") {
      const { request } = parseMethodParams(method, params);
      this.#calls.get(request)?.abort(new RainError("INTERRUPTED", "the client aborted the request"));
      return {};
    }
    return callMethod(this.#server, method, params, caller);
  }

  /**
   * Waits until a slow client has read its log. Disconnects a client that stops reading.
   * @throws the reason of `signal`
   */
  async #untilRead(signal: AbortSignal): Promise<void> {
    const { stallMs } = this.#server.limits;
    let least = Number.POSITIVE_INFINITY;
    let deadline = 0;
    for (;;) {
      const { pendingBytes } = this.#link;
      if (pendingBytes <= LOG_BACKLOG) return;
      if (pendingBytes < least) {
        least = pendingBytes;
        deadline = performance.now() + stallMs;
      }
      if (performance.now() > deadline) {
        const message = `the client has not read its log for ${stallMs / 1000} s`;
        this.#link.close(new RainError("TIMEOUT", message));
      }
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOG_PAUSE_MS));
    }
  }

  #own(session: number): void {
    this.#owned.add(session);
    if (this.#owned.size < this.#tidyAt) return;
    for (const id of this.#owned) if (!this.#server.cluster.sessions.has(id)) this.#owned.delete(id);
    this.#tidyAt = 2 * this.#owned.size + 100;
  }

  #caller(id: number, signal: AbortSignal): Caller {
    return {
      agent: this.#agent,
      signal,
      unwatch: this.#unwatch,
      graphs: this.#graphs,
      own: ({ id: session }) => this.#own(session),
      progress: (progress) => this.#tell(["progress", progress]),
      log: async (entries: LogEntry[]) => {
        this.#link.send(["log", { id, entries }]);
        await this.#untilRead(signal);
      },
    };
  }
}
