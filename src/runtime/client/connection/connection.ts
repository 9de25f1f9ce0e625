/* The connection of a client: its calls, and how it reconnects to a server that was lost. */

import { isUnreachable, RainError } from "../../errors.ts";
import { interruption } from "../../platform/abort.ts";
import { retry } from "../../platform/retry.ts";
import type { Link } from "../../protocol/link/link.ts";
import type {
  ClientToServer,
  LogEntry,
  Method,
  Methods,
  ServerToClient,
  SessionProgress,
} from "../../protocol/messages/index.ts";
import { parseMethodResult } from "../../protocol/messages/methods.ts";

interface Outcome<Result> {
  resolve: (result: Result) => void;
  reject: (error: RainError) => void;
}

interface PendingCall extends Outcome<unknown> {
  method: Method;
  params: unknown;
  onLog: ((entries: LogEntry[]) => void) | undefined;
}

interface CallOptions {
  /** Aborts the call; for `wait` and `logs`. */
  signal?: AbortSignal | undefined;
  onLog?: ((entries: LogEntry[]) => void) | undefined;
}

export interface Watcher {
  onProgress(progress: SessionProgress): void;
  /** Called if the server does not know the session after a reconnect. */
  onError(error: RainError): void;
}

/** Logs what a client does. Compatible with pino loggers. */
export interface ClientLog {
  debug(facts: object, message: string): void;
}

type ClientLink = Link<ClientToServer, ServerToClient>;

/** How a connection reconnects after it loses its server. */
export interface Redial {
  /**
   * Connects to the same server or to one that continues its sessions.
   * @throws as `connect`; SERVER_LOST if it is a different cluster
   */
  dial(signal: AbortSignal): Promise<ClientLink>;
  /** Milliseconds to keep trying to reconnect. */
  patienceMs: number;
  /** Called when the server is lost and when it is back. */
  onChange?: ((state: "lost" | "found") => void) | undefined;
  log?: ClientLog | undefined;
}

/**
 * Calls that can safely be made twice. They are repeated if the server dies before it answers. Other calls
 * fail then.
 */
const REPEATABLE: ReadonlySet<Method> = new Set<Method>([
  "status",
  "taskTypes",
  "findSession",
  "sessionStatus",
  "missingPlugins",
  "seal",
  "wait",
  "taskInfo",
  "objectInfo",
  "resolveRef",
  "cancel",
  "watch",
  "unwatch",
  "attach",
]);

const RETRY = { firstDelayMs: 50, maxDelayMs: 1_000 };

/**
 * Makes calls over a link. Each call gets an answer, or an error at the latest when the connection is lost
 * for good. If the server dies, the connection reconnects and repeats the pending calls.
 */
export class Connection {
  /** Absent while the server is lost. */
  #link: ClientLink | undefined;
  readonly #redial: Redial;
  readonly #closing = new AbortController();
  #redialing: Promise<void> = Promise.resolve();
  /** Attached sessions, which end unless this client reconnects. */
  readonly #owned = new Set<number>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #watchers = new Map<number, Set<Watcher>>();
  readonly #onClosed = new Set<(error: RainError) => void>();
  #lastId = 0;
  #lastGraph = 0;
  #closed: RainError | undefined;

  constructor(link: ClientLink, redial: Redial) {
    this.#redial = redial;
    this.#use(link);
  }

  /** @throws SERVER_LOST; INTERRUPTED or TIMEOUT if the signal aborts; errors of the server */
  call<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    options: CallOptions = {},
  ): Promise<Methods[M]["result"]> {
    return new Promise((resolve, reject) => this.start(method, params, { ...options, resolve, reject }));
  }

  /** Ties a session to this connection. */
  own(session: number): void {
    this.#owned.add(session);
  }

  /** Called when a session is closed. */
  disown(session: number): void {
    this.#owned.delete(session);
  }

  /** Returns a number for a new graph. */
  newGraph(): number {
    return ++this.#lastGraph;
  }

  /** As `call`, but reports the outcome before any later message is handled. */
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
    const report = this.#reportOf(method);
    const settle = () => {
      this.#calls.delete(id);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      settle();
      this.#link?.send(["call", { id: ++this.#lastId, method: "abort", params: { request: id } }]);
      const error = interruption(signal as AbortSignal);
      report?.(error);
      reject(error);
    };
    try {
      this.#link?.send(["call", { id, method, params }]);
    } catch (error) {
      reject(RainError.from(error));
      return;
    }
    signal?.addEventListener("abort", onAbort);
    this.#calls.set(id, {
      method,
      params,
      onLog,
      resolve(result) {
        settle();
        report?.();
        try {
          resolve(parseMethodResult(method, result));
        } catch (error) {
          reject(RainError.from(error));
        }
      },
      reject(error) {
        settle();
        report?.(error);
        reject(error);
      },
    });
  }

  /** Returns a function that logs how a call ended. `undefined` without a log. */
  #reportOf(method: Method): ((error?: RainError) => void) | undefined {
    const { log } = this.#redial;
    if (!log) return undefined;
    const begin = performance.now();
    return (error) => {
      const facts = { ms: Math.round(performance.now() - begin), ...(error && { code: error.code }) };
      log.debug(facts, `${method} ${error ? `failed: ${error.message}` : "answered"}`);
    };
  }

  /** Reports the progress of a session to a watcher. Returns a function that stops this. */
  listen(session: number, watcher: Watcher): () => void {
    const listeners = this.#watchers.get(session) ?? new Set();
    this.#watchers.set(session, listeners.add(watcher));
    return () => {
      listeners.delete(watcher);
      if (listeners.size > 0) return;
      this.#watchers.delete(session);
      // Errors do not matter, since nobody listens any more.
      this.call("unwatch", { session }).catch(() => {});
    };
  }

  /** Calls `listener` once, when the link is closed. Returns a function that removes it. */
  whenClosed(listener: (error: RainError) => void): () => void {
    if (this.#closed) queueMicrotask(() => this.#closed && listener(this.#closed));
    else this.#onClosed.add(listener);
    return () => this.#onClosed.delete(listener);
  }

  /** Closes the link; pending calls fail. Settles when all sockets are closed. */
  async close(): Promise<void> {
    this.#lose(new RainError("SERVER_LOST", "the client is closed"));
    this.#closing.abort();
    await this.#redialing;
    this.#link?.close();
    await this.#link?.ended;
  }

  #use(link: ClientLink): void {
    this.#link = link;
    link.onBatch = (messages) => {
      for (const message of messages) this.#receive(message);
    };
    link.onClose = (error) => {
      if (error?.code === "SERVER_LOST" && !this.#closed && this.#redial.patienceMs > 0) this.#suspend(error);
      else this.#lose(error ?? new RainError("SERVER_LOST", "the server closed the connection"));
    };
  }

  /**
   * Called when the connection breaks. Calls that cannot be repeated fail, since the server may have executed
   * them.
   */
  #suspend(error: RainError): void {
    this.#link = undefined;
    for (const call of [...this.#calls.values()]) if (!REPEATABLE.has(call.method)) call.reject(error);
    this.#redial.onChange?.("lost");
    this.#redialing = this.#lookForServer(error);
  }

  async #lookForServer(lost: RainError): Promise<void> {
    const { signal } = this.#closing;
    const { patienceMs } = this.#redial;
    try {
      this.#resume(
        await retry(() => this.#redial.dial(signal), {
          ...RETRY,
          patienceMs,
          signal,
          isTransient: isUnreachable,
        }),
      );
    } catch (error) {
      if (!signal.aborted) this.#lose(isUnreachable(error) ? lost : RainError.from(error));
    }
  }

  /** Makes all pending calls on the new link, including those made before the connection broke. */
  #resume(link: ClientLink): void {
    const open = [...this.#calls];
    this.#use(link);
    this.#redial.onChange?.("found");
    // If the session has ended or was lost with the server, later calls for it fail.
    for (const session of this.#owned) this.call("attach", { session }).catch(() => {});
    for (const [session, listeners] of this.#watchers) {
      this.call("watch", { session }).then(
        (progress) => {
          for (const { onProgress } of listeners) onProgress(progress);
        },
        (error) => {
          for (const { onError } of listeners) onError(RainError.from(error));
        },
      );
    }
    for (const [id, { method, params }] of open) link.send(["call", { id, method, params }]);
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
        for (const { onProgress } of this.#watchers.get(message[1].session) ?? []) onProgress(message[1]);
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
