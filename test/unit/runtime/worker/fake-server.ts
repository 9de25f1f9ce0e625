import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import { LOCAL } from "../../../../src/runtime/model/slots.ts";
import { encode } from "../../../../src/runtime/protocol/codec/codec.ts";
import { LinkAcceptor } from "../../../../src/runtime/protocol/link/accept.ts";
import type { Link } from "../../../../src/runtime/protocol/link/link.ts";
import type {
  Assign,
  ObjectSpec,
  ServerToWorker,
  WorkerHello,
  WorkerToServer,
  WorkerWelcome,
} from "../../../../src/runtime/protocol/messages/index.ts";
import {
  parseWorkerHello,
  parseWorkerToServer,
} from "../../../../src/runtime/protocol/messages/worker-link.ts";
import { eventually } from "./support.ts";

type Body<Kind extends WorkerToServer[0]> = Extract<WorkerToServer, [Kind, unknown]>[1];

/** The server's end of a worker's link: what the worker said, and a way to tell it something. */
export class Joined {
  readonly slot: number;
  readonly hello: WorkerHello;
  readonly link: Link<ServerToWorker, WorkerToServer>;
  readonly received: WorkerToServer[] = [];

  constructor(slot: number, hello: WorkerHello, link: Link<ServerToWorker, WorkerToServer>) {
    this.slot = slot;
    this.hello = hello;
    this.link = link;
    link.onBatch = (messages) => this.received.push(...messages);
    link.onClose = () => {};
  }

  send(message: ServerToWorker): void {
    this.link.send(message);
  }

  all<Kind extends WorkerToServer[0]>(kind: Kind): Body<Kind>[] {
    return this.received.filter((message) => message[0] === kind).map((message) => message[1] as Body<Kind>);
  }

  /** The first message of a kind, once it has come. */
  async first<Kind extends WorkerToServer[0]>(kind: Kind): Promise<Body<Kind>> {
    await eventually(() => this.all(kind).length > 0, `a message "${kind}"`);
    return this.all(kind)[0];
  }

  /** Numbers of the finished tasks, in the order of the reports. */
  finished(): number[] {
    return this.all("finished").flatMap(({ tasks }) => [...tasks]);
  }

  /** The bytes of an object, as its data server gives them; `undefined` when it does not. */
  async fetch(session: number, object: number): Promise<string | undefined> {
    const response = await fetch(`${this.hello.dataUrl}/objects/${session}/${object}`);
    const text = await response.text();
    return response.ok ? text : undefined;
  }
}

/** A server that only lets workers join. `onRequest` answers what they ask for over HTTP. */
export async function startFakeServer(
  options: { onRequest?: RequestListener; port?: number; cluster?: string; refuses?: boolean } = {},
) {
  const workers: Joined[] = [];
  const sockets = new Set<Socket>();
  const acceptor = new LinkAcceptor<ServerToWorker, WorkerToServer, WorkerHello, WorkerWelcome>({
    parseHello: parseWorkerHello,
    parse: parseWorkerToServer,
    resumable: true,
    graceMs: 10_000,
    maxConnections: 100,
    welcome(hello, link) {
      if (options.refuses) throw new RainError("REFUSED", "no further worker is wanted");
      const joined = new Joined(workers.length + 1, hello, link);
      workers.push(joined);
      return { worker: joined.slot, cluster: options.cluster ?? "test" };
    },
  });
  const server = createServer(options.onRequest);
  server.on("upgrade", (request, socket, head) => acceptor.handleUpgrade(request, socket, head));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const close = async () => {
    await acceptor.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `127.0.0.1:${port}`,
    workers,
    close,
    /** Without a word to anybody. */
    die: async () => {
      for (const socket of sockets) socket.destroy();
      await close();
    },
    /** As a network does. */
    cutConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface TaskToAssign {
  id: number;
  type?: string;
  cpus?: number;
  inputs?: { object: number; source?: number; size?: number }[];
  firstOutput?: number;
  outputs?: ObjectSpec[];
  config?: unknown;
  name?: string;
  user?: unknown;
}

/** An `assign` message; every task brings its own kind. */
export function assign(
  session: number,
  tasks: TaskToAssign[],
  constants: Assign["constants"] = [],
): ServerToWorker {
  const words: number[] = [];
  const message: Assign = {
    session,
    words: new Uint32Array(),
    kinds: [],
    configs: [],
    opened: 1,
    wanted: new Uint32Array(),
    constants,
    names: [],
    users: [],
    inputUsers: [],
  };
  for (const task of tasks) {
    const { id, type = "builtin/concat", cpus = 1, inputs = [], outputs = [{ dataType: "blob" }] } = task;
    message.kinds.push([id, { type, resources: { cpus }, outputs, group: 0 }]);
    if (task.config !== undefined) message.configs.push(encode(task.config));
    if (task.name !== undefined) message.names.push([id, task.name]);
    if (task.user !== undefined) message.users.push([id, task.user]);
    const config = task.config === undefined ? 0 : message.configs.length;
    words.push(id, id, config, task.firstOutput ?? 1000 + id, inputs.length);
    for (const { object, source = LOCAL, size = 0 } of inputs) words.push(object, source, size);
  }
  message.words = Uint32Array.from(words);
  return ["assign", message];
}

export function constant(object: number, text: string): Assign["constants"][number] {
  const data = new TextEncoder().encode(text);
  return { object, data, info: { size: data.length, dataType: "blob", contentType: "text" } };
}
