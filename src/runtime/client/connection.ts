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

interface PendingCall {
  method: Method;
  resolve: (result: never) => void;
  reject: (error: RainError) => void;
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
    { signal, onLog }: CallOptions = {},
  ): Promise<Methods[M]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      if (signal?.aborted) throw interruption(signal);
      const id = ++this.#lastId;
      this.#link.send(["call", { id, method, params }]);
      const settle = () => {
        this.#calls.delete(id);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        settle();
        reject(signal && interruption(signal));
        this.#link.send(["call", { id: ++this.#lastId, method: "abort", params: { request: id } }]);
      };
      signal?.addEventListener("abort", onAbort);
      this.#calls.set(id, {
        method,
        onLog,
        resolve(result) {
          settle();
          resolve(result);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
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
        this.#settle(message[1].id, message[1].result);
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

  #settle(id: number, result: unknown): void {
    const call = this.#calls.get(id);
    if (!call) return;
    try {
      call.resolve(parseMethodResult(call.method, result) as never);
    } catch (error) {
      call.reject(RainError.from(error));
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
