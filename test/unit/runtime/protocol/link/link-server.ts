import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { RainError } from "../../../../../src/runtime/errors.ts";
import { LinkAcceptor } from "../../../../../src/runtime/protocol/link/accept.ts";
import { type ConnectOptions, connectLink } from "../../../../../src/runtime/protocol/link/connect.ts";
import type { Link } from "../../../../../src/runtime/protocol/link/link.ts";

export interface Side {
  link: Link<unknown, unknown>;
  batches: unknown[][];
  suspended: number;
  resumed: number;
  /** How the link closed, or `undefined` while it is open. */
  closed: Promise<RainError | undefined>;
}

export interface LinkServer {
  address: string;
  /** The accepted links, in order. */
  sides: Side[];
  /** The TCP connections that are open. */
  sockets: Set<Socket>;
  acceptor: LinkAcceptor<unknown, unknown, unknown, unknown>;
  close(): Promise<void>;
  connect(options?: Partial<ConnectOptions<unknown, unknown, unknown>>): Promise<Side & { welcome: unknown }>;
}

interface ServerOptions {
  resumable?: boolean;
  graceMs?: number;
  maxConnections?: number;
  maxPendingBytes?: number;
  parse?: (value: unknown) => unknown;
  welcome?: (hello: unknown, link: Link<unknown, unknown>) => unknown;
}

/** Records everything that happens to a link. */
export function record(link: Link<unknown, unknown>): Side {
  const side: Side = { link, batches: [], suspended: 0, resumed: 0, closed: Promise.resolve(undefined) };
  link.onBatch = (messages) => side.batches.push(messages);
  link.onSuspend = () => side.suspended++;
  link.onResume = () => side.resumed++;
  side.closed = new Promise((resolve) => {
    link.onClose = resolve;
  });
  return side;
}

/** A real server on a free port that accepts links. It is closed after the test with all links. */
export async function startLinkServer(options: ServerOptions = {}): Promise<LinkServer> {
  const { resumable = true, graceMs = 10_000, maxConnections = 100, parse = (value) => value } = options;
  const sides: Side[] = [];
  const sockets = new Set<Socket>();
  const acceptor = new LinkAcceptor<unknown, unknown, unknown, unknown>({
    parseHello: (value) => value,
    parse,
    resumable,
    graceMs,
    maxConnections,
    ...(options.maxPendingBytes !== undefined && { maxPendingBytes: options.maxPendingBytes }),
    welcome: (hello, link) => {
      const answer = options.welcome?.(hello, link) ?? "welcome";
      sides.push(record(link));
      return answer;
    },
  });
  const http = createServer();
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  http.on("upgrade", (request, socket, head) => acceptor.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const connected: Link<unknown, unknown>[] = [];
  const close = async () => {
    for (const link of connected) link.close();
    await acceptor.close();
    await Promise.all(connected.map((link) => link.ended));
    if (http.listening) await new Promise((resolve) => http.close(resolve));
  };
  onTestFinished(close);
  return {
    address,
    close,
    sides,
    sockets,
    acceptor,
    async connect(overrides = {}) {
      const { link, welcome } = await connectLink<unknown, unknown, unknown, unknown>({
        address,
        path: "/ws/worker",
        hello: "hello",
        parse: (value) => value,
        parseWelcome: (value) => value,
        resumable,
        graceMs,
        ...overrides,
      });
      connected.push(link);
      return Object.assign(record(link), { welcome });
    },
  };
}

/** Waits for a condition. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
