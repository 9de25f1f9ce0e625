import type { ContentTypeLookup } from "../content-types/lookup.ts";
import { RainError } from "../errors.ts";
import { abortable } from "../platform/abort.ts";
import type {
  ClusterStatus,
  LogEntry,
  LogQuery,
  Placement,
  SessionRef,
  SessionSummary,
  TaskTypes,
} from "../protocol/messages/index.ts";
import type { Credentials } from "../security/credentials.ts";
import { checkArgument } from "./check/options.ts";
import {
  logQuery,
  placeOptions,
  sessionOptions,
  sessionRef,
  stopOptions,
  waitOptions,
} from "./check/schemas.ts";
import type { ClientLog, Connection } from "./connection/connection.ts";
import { Mailbox } from "./connection/mailbox.ts";
import { Transfers } from "./fetch/transfers.ts";
import { Session, type SessionOptions, type SessionOrigin, type WaitOptions } from "./session.ts";
import type { Submittable } from "./submit/collect.ts";
import { packDraft } from "./submit/pack-draft.ts";
import { sendGraph } from "./submit/send-graph.ts";

/** A connection to a server. Its attached sessions end with it. All methods throw SERVER_LOST when it is lost. */
export class Client {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /** Rain's version on the server. */
  readonly serverVersion: string;
  readonly #connection: Connection;
  readonly #transfers: Transfers;
  readonly #contentTypes: ContentTypeLookup;

  constructor(server: {
    address: string;
    credentials: Credentials;
    version: string;
    connection: Connection;
    contentTypes: ContentTypeLookup;
    log?: ClientLog | undefined;
  }) {
    this.address = server.address;
    this.serverVersion = server.version;
    this.#connection = server.connection;
    this.#contentTypes = server.contentTypes;
    this.#transfers = new Transfers(server.address, server.credentials, server.log);
    this.#connection.whenClosed((error) => void this.#transfers.end(error));
  }

  async newSession(options: SessionOptions = {}): Promise<Session> {
    checkArgument("client.newSession", "options", sessionOptions, options);
    const { name = "", detached = false, retain = false, onFailure = "stop", ship = true, onSent } = options;
    const { session } = await this.#connection.call("newSession", { name, detached, retain, onFailure });
    if (!detached) this.#connection.own(session);
    return this.#session(session, name, {
      closeOnDispose: !detached && !retain,
      isAttached: false,
      ship,
      onSent,
    });
  }

  /**
   * Finds an existing session, to inspect it, wait for it, fetch from it or end it.
   * @param ref its id or name. If several sessions have this name, finds the newest one
   * @throws NOT_FOUND, SESSION_CLOSED
   */
  async session(ref: SessionRef): Promise<Session> {
    checkArgument("client.session", "ref", sessionRef, ref);
    const { session: id, name } = await this.findSession(ref);
    return this.#session(id, name, { closeOnDispose: false, isAttached: true, ship: false });
  }

  /** State and counts of a session. Throws as `session` does. */
  async findSession(ref: SessionRef): Promise<SessionSummary> {
    checkArgument("client.findSession", "ref", sessionRef, ref);
    return this.#connection.call("findSession", { ref });
  }

  status(): Promise<ClusterStatus> {
    return this.#connection.call("status", {});
  }

  /**
   * Computes where tasks and everything they depend on would run if the workers were idle. Changes nothing on
   * the server.
   * @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, IO
   */
  async place(
    values: Submittable,
    options: WaitOptions & Pick<SessionOptions, "ship"> = {},
  ): Promise<Placement> {
    checkArgument("client.place", "options", placeOptions, options);
    const { signal, ship = true } = options;
    const draft = this.#session(0, "", { closeOnDispose: false, isAttached: false, ship });
    return sendGraph(this.#connection, packDraft(draft, [values], ship), (graph) =>
      this.#connection.call("place", { graph }, { signal }),
    );
  }

  /** The task types and content types that the workers offer. */
  taskTypes(): Promise<TaskTypes> {
    return this.#connection.call("taskTypes", {});
  }

  /**
   * Log entries, oldest first. With `follow`, continues with new entries until the session has ended, the loop
   * ends or the signal aborts.
   */
  logs(query: LogQuery = {}, options: WaitOptions = {}): AsyncGenerator<LogEntry, void> {
    checkArgument("client.logs", "query", logQuery, query);
    checkArgument("client.logs", "options", waitOptions, options);
    return this.#logs(query, options.signal);
  }

  async *#logs(query: LogQuery, signal: AbortSignal | undefined): AsyncGenerator<LogEntry, void> {
    const mailbox = new Mailbox<LogEntry[]>();
    const left = new AbortController();
    const onAbort = () => left.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      this.#connection
        .call("logs", query, { signal: left.signal, onLog: (entries) => mailbox.push(entries) })
        .then(
          () => mailbox.end(),
          (error) => mailbox.end(error),
        );
      for await (const entries of mailbox.read()) yield* entries;
    } finally {
      left.abort();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Stops the server and its workers. Settles when the server has closed the connection. */
  async stop(options: { force?: boolean } & WaitOptions = {}): Promise<void> {
    checkArgument("client.stop", "options", stopOptions, options);
    const { force = false, signal } = options;
    const closed = new Promise<void>((resolve) => this.#connection.whenClosed(() => resolve()));
    await this.#connection.call("stopServer", { force });
    await abortable(closed, signal);
  }

  /** Closes the connection and its attached sessions. Settles when all sockets are closed. */
  async close(): Promise<void> {
    await this.#connection.close();
    await this.#transfers.end(new RainError("SERVER_LOST", "the client is closed"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #session(
    id: number,
    name: string,
    options: Pick<SessionOrigin, "closeOnDispose" | "isAttached" | "ship" | "onSent">,
  ): Session {
    return new Session({
      id,
      name,
      connection: this.#connection,
      transfers: this.#transfers,
      contentTypes: this.#contentTypes,
      ...options,
    });
  }
}
