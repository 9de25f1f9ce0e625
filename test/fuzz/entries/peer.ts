import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { infoHeaders } from "../../../src/runtime/transport/data-paths.ts";
import { missingRecord, presentHead } from "../../../src/runtime/transport/object-batch.ts";
import { ObjectStore } from "../../../src/runtime/worker/store/object-store.ts";
import { Fetcher } from "../../../src/runtime/worker/transfer/fetcher.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

const PEER = 2;
const SESSION = 1;
const LARGE = (1 << 20) + 5;

/** The answers that a worker receives when it fetches objects from another one: in a batch, one by one, or as a local file. */
export const peer: Entry = { name: "peer", share: 1, open: (target) => PeerFeeder.open(target) };

class PeerFeeder implements Feeder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #store: ObjectStore;
  readonly #fetcher: Fetcher;
  #random: Random | undefined;
  #lastObject = 0;
  #settled: () => void = () => {};

  private constructor(root: string, { log }: Target) {
    this.#server = createServer((socket) => this.#serve(socket));
    this.#store = new ObjectStore({ directory: join(root, "objects"), log });
    this.#fetcher = new Fetcher({
      store: this.#store,
      server: "127.0.0.1:9",
      host: "here",
      incoming: join(root, "incoming"),
      onArrived: () => this.#settled(),
      onLost: () => this.#settled(),
    });
  }

  static async open(target: Target): Promise<PeerFeeder> {
    const root = join(target.scratch, "peer");
    for (const folder of ["objects", "incoming"]) await mkdir(join(root, folder), { recursive: true });
    const feeder = new PeerFeeder(root, target);
    await new Promise<void>((resolve) => feeder.#server.listen(0, "127.0.0.1", resolve));
    const { port } = feeder.#server.address() as AddressInfo;
    feeder.#fetcher.addPeers([{ slot: PEER, url: `http://127.0.0.1:${port}` }]);
    return feeder;
  }

  async feed(random: Random): Promise<void> {
    this.#random = random;
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
    const size = random.pick([5, 100_000, LARGE]);
    const object = this.#lastObject++;
    this.#fetcher.fetch(SESSION, { object, source: PEER, size });
    await settled;
    this.#store.drop(SESSION, object);
  }

  async close(): Promise<void> {
    await this.#fetcher.close();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#store.dropSession(SESSION);
    await this.#store.close();
  }

  /** Sends a mutated answer to a request, and closes the connection. */
  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    socket.once("data", (request: Buffer) => {
      const random = this.#random;
      if (!random) return;
      const text = request.toString("latin1");
      const bytes = mutateBytes(
        random,
        text.startsWith("POST") ? batch(random, request) : single(random, text),
      );
      socket.end(bytes);
    });
  }
}

function batch(random: Random, request: Buffer): Buffer {
  const object = request.length >= 4 ? request.readUInt32LE(request.length - 4) : 0;
  const info = { size: 5, dataType: "blob" as const, contentType: "text" };
  const present = Buffer.concat([presentHead(object, info, 5), Buffer.from("hello")]);
  return withHead("", random.oneIn(4) ? Buffer.from(missingRecord(object)) : present);
}

function single(random: Random, request: string): Buffer {
  const size = random.pick([5, 100_000, LARGE]);
  const dataType = random.oneIn(5) ? "dir" : "blob";
  const headers = Object.entries(infoHeaders({ size, dataType, contentType: "text" }));
  if (request.includes("x-rain-host") && random.oneIn(2)) {
    headers.push(["x-rain-path", random.pick(["/etc/passwd", "%2Fetc%2Fpasswd", "/dev/zero", "%zz"])]);
    headers.push(["x-rain-file", random.pick(["0:0", "1:1"])]);
  }
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return withHead(lines, Buffer.alloc(size, "x"));
}

function withHead(headers: string, body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n${headers}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
