import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { RainError } from "../../errors.ts";
import { decode, encode } from "../codec/codec.ts";
import { HELLO_TIMEOUT_MS, MAX_FRAME_BYTES, MAX_HELLO_BYTES } from "../limits.ts";
import { parseHello, type Resume, welcomeFrame } from "./handshake.ts";
import type { Link } from "./link.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { SocketLink } from "./socket-link.ts";
import { bytesOf, closeSocket, type SocketPair } from "./sockets.ts";

export interface LinkAcceptorOptions<Out, In, Hello, Welcome> {
  /** Validates the hello of the connecting side. @throws INVALID_MESSAGE */
  parseHello: (value: unknown) => Hello;
  /** Validates a message. @throws INVALID_MESSAGE */
  parse: (value: unknown) => In;
  /** Sets the handlers of a new link, and returns the welcome. Throws a `RainError` to reject the link. */
  welcome: (hello: Hello, link: Link<Out, In>) => Welcome;
  resumable: boolean;
  /** Milliseconds that a resumable link may stay suspended. */
  graceMs?: number;
  maxConnections: number;
  /** A peer that leaves more bytes unread than this is disconnected. */
  maxPendingBytes?: number;
}

/** The accepting side of links: handles the upgrade requests for one path of an HTTP server. */
export class LinkAcceptor<Out, In, Hello, Welcome> {
  readonly #options: LinkAcceptorOptions<Out, In, Hello, Welcome>;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  readonly #links = new Map<string, SocketLink<Out, In>>();
  readonly #sockets = new Set<WebSocket>();
  #closing = false;

  constructor(options: LinkAcceptorOptions<Out, In, Hello, Welcome>) {
    this.#options = options;
  }

  /** Call this on the `upgrade` event of the HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { maxConnections } = this.#options;
    if (this.#closing) {
      refuseUpgrade(socket, new RainError("REFUSED", "the server is stopping"), 503);
      return;
    }
    if (this.#sockets.size >= maxConnections) {
      const message = `the server already has ${maxConnections} connections, which is its limit`;
      refuseUpgrade(socket, new RainError("REFUSED", message), 503);
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      this.#sockets.add(webSocket);
      webSocket.once("close", () => this.#sockets.delete(webSocket));
      this.#awaitHello({ socket: webSocket, raw: request.socket });
    });
  }

  /** Closes all links gracefully and accepts no new ones. Settles when all sockets are closed. */
  async close(): Promise<void> {
    this.#closing = true;
    const links = [...this.#links.values()];
    for (const link of links) link.close();
    const sockets = [...this.#sockets].map((socket) => {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      closeSocket(socket);
      return closed;
    });
    await Promise.all([...links.map((link) => link.ended), ...sockets]);
  }

  #awaitHello(pair: SocketPair): void {
    const { socket, raw } = pair;
    const done = () => {
      clearTimeout(timer);
      raw.off("data", count);
      socket.off("message", onMessage).off("close", done);
    };
    const refuse = (error: unknown) => {
      done();
      socket.send(encode(["refused", RainError.from(error).toJSON()]), () => {});
      closeSocket(socket, 1000);
    };
    const timer = setTimeout(() => {
      refuse(new RainError("TIMEOUT", `no hello arrived within ${HELLO_TIMEOUT_MS / 1000} s`));
    }, HELLO_TIMEOUT_MS);
    // The limit is stricter than for frames, since the peer is still unknown.
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_HELLO_BYTES + 1024) return;
      raw.pause();
      refuse(new RainError("LIMIT_EXCEEDED", `the hello is larger than ${MAX_HELLO_BYTES} bytes`));
    };
    const onMessage = (data: Parameters<typeof bytesOf>[0], isBinary: boolean) => {
      try {
        this.#greet(pair, bytesOf(data, isBinary), done);
      } catch (error) {
        refuse(error);
      }
    };
    raw.on("data", count);
    socket
      .on("message", onMessage)
      .on("close", done)
      .on("error", () => {});
  }

  #greet(pair: SocketPair, bytes: Uint8Array | undefined, done: () => void): void {
    if (!bytes) throw new RainError("INVALID_MESSAGE", "a hello must be a binary message");
    const { body, resume } = parseHello(decode(bytes));
    if (this.#closing) throw new RainError("REFUSED", "the server is stopping");
    if (resume) this.#resume(pair, resume, done);
    else this.#open(pair, body, done);
  }

  #open(pair: SocketPair, body: unknown, done: () => void): void {
    const id = randomUUID();
    const link = this.#newLink(id);
    const answer = this.#options.welcome(this.#options.parseHello(body), link);
    done();
    this.#links.set(id, link);
    pair.socket.send(encode(welcomeFrame(id, 0, answer)), () => {});
    link.attach(pair, 0);
  }

  #resume(pair: SocketPair, { link: id, received }: Resume, done: () => void): void {
    const link = this.#links.get(id);
    if (!link || !this.#options.resumable) {
      throw new RainError("NOT_FOUND", "the server does not know the link to resume");
    }
    done();
    pair.socket.send(encode(welcomeFrame(id, link.received, null)), () => {});
    link.attach(pair, received);
  }

  #newLink(id: string): SocketLink<Out, In> {
    const { parse, resumable, graceMs, maxPendingBytes } = this.#options;
    return new SocketLink<Out, In>({
      parse,
      graceMs: resumable ? (graceMs ?? 0) : undefined,
      maxPendingBytes,
      lost: (why) => new RainError("IO", `the peer was lost: ${why}`),
      suspended: () => {},
      closed: () => this.#links.delete(id),
    });
  }
}
