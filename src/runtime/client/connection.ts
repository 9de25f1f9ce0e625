import { RainError } from "../errors.ts";
import { interruption } from "../protocol/abort.ts";
import type {
  ClientToServer,
  LogEntry,
  Method,
  Methods,
  ServerToClient,
  SessionProgress,
} from "../protocol/client-messages.ts";
import type { Link } from "../protocol/link.ts";
import { parseMethodResult } from "../protocol/schemas/client.ts";

interface Outcome<Result> {
  resolve: (result: Result) => void;
  reject: (error: RainError) => void;
}

interface PendingCall extends Outcome<unknown> {
  onLog: ((entries: LogEntry[]) => void) | undefined;
}

interface CallOptions {
  /** Gives the call up; for `wait` and `logs`. */
  signal?: AbortSignal;
  onLog?: (entries: LogEntry[]) => void;
}

/** Calls over a link: each gets its answer, or an error at the latest when the link closes. */
export class Connection {
  readonly #link: Link<ClientToServer, ServerToClient>;
  readonly #calls = new Map<number, PendingCall>();
  readonly #watchers = new Map<number, Set<(progress: SessionProgress) => void>>();
  readonly #onClosed = new Set<(error: RainError) => void>();
  #lastId = 0;
  #lastGraph = 0;
  #closed: RainError | undefined;

  constructor(link: Link<ClientToServer, ServerToClient>) {
    this.#link = link;
    link.onBatch = (messages) => {
      for (const message of messages) this.#receive(message);
    };
    link.onClose = (error) => {
      this.#lose(error ?? new RainError("SERVER_LOST", "the server closed the connection"));
    };
  }

  /** @throws SERVER_LOST, INTERRUPTED or TIMEOUT by the signal, and what the server answers */
  call<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    options: CallOptions = {},
  ): Promise<Methods[M]["result"]> {
    return new Promise((resolve, reject) => this.start(method, params, { ...options, resolve, reject }));
  }

  /** A number for a graph that is about to be sent. */
  newGraph(): number {
    return ++this.#lastGraph;
  }

  /** As `call`, but tells the outcome before any later message is looked at. */
  start<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    { signal, onLog, resolve, reject }: CallOptions & Outcome<Methods[M]["result"]>,
  ): void {
    const early = this.#closed ?? (signal?.aborted ? interruption(signal) : undefined);
    if (early) {
      reject(early);
      return;
    }
    const id = ++this.#lastId;
    const settle = () => {
      this.#calls.delete(id);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      settle();
      this.#link.send(["call", { id: ++this.#lastId, method: "abort", params: { request: id } }]);
      reject(interruption(signal as AbortSignal));
    };
    try {
      this.#link.send(["call", { id, method, params }]);
    } catch (error) {
      reject(RainError.from(error));
      return;
    }
    signal?.addEventListener("abort", onAbort);
    this.#calls.set(id, {
      onLog,
      resolve(result) {
        settle();
        try {
          resolve(parseMethodResult(method, result));
        } catch (error) {
          reject(RainError.from(error));
        }
      },
      reject(error) {
        settle();
        reject(error);
      },
    });
  }

  /** Calls `listener` with the progress of a session that is watched. Answers a function that ends it. */
  listen(session: number, listener: (progress: SessionProgress) => void): () => void {
    const listeners = this.#watchers.get(session) ?? new Set();
    this.#watchers.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#watchers.delete(session);
      // Whatever the answer: nobody listens any more.
      this.call("unwatch", { session }).catch(() => {});
    };
  }

  /** Calls `listener` once, when the link is closed. Answers a function that takes it back. */
  whenClosed(listener: (error: RainError) => void): () => void {
    if (this.#closed) queueMicrotask(() => this.#closed && listener(this.#closed));
    else this.#onClosed.add(listener);
    return () => this.#onClosed.delete(listener);
  }

  /** Closes the link; what is pending fails. Settles when no socket is left. */
  async close(): Promise<void> {
    this.#lose(new RainError("SERVER_LOST", "the client is closed"));
    this.#link.close();
    await this.#link.ended;
  }

  #receive(message: ServerToClient): void {
    switch (message[0]) {
      case "reply":
        this.#calls.get(message[1].id)?.resolve(message[1].result);
        break;
      case "error":
        this.#calls.get(message[1].id)?.reject(RainError.fromJSON(message[1].error));
        break;
      case "log":
        this.#calls.get(message[1].id)?.onLog?.(message[1].entries);
        break;
      case "progress":
        for (const listener of this.#watchers.get(message[1].session) ?? []) listener(message[1]);
        break;
    }
  }

  #lose(error: RainError): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const call of [...this.#calls.values()]) call.reject(error);
    for (const listener of this.#onClosed) listener(error);
    this.#onClosed.clear();
  }
}
