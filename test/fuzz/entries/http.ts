import { connect } from "node:net";
import { encodeBatchRequest } from "../../../src/runtime/transport/object-batch.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** The number of simultaneous connections. */
const CONNECTIONS = 8;

interface Template {
  start: string;
  headers?: string;
  body?: Uint8Array;
}

const HASH = "0".repeat(64);
const TO_SERVER: Template[] = [
  { start: "GET /healthz" },
  { start: "GET /api/v1/status" },
  { start: "GET /api/v1/task-types" },
  { start: "GET /api/v1/sessions/1" },
  { start: "DELETE /api/v1/sessions/fuzz" },
  { start: "POST /api/v1/sessions/fuzz/cancel" },
  { start: "GET /api/v1/sessions/fuzz/logs?task=1&failed" },
  { start: "GET /api/v1/sessions/1/objects/0", headers: "range: bytes=0-5\r\nx-rain-host: here\r\n" },
  {
    start: "PUT /api/v1/sessions/1/constants/0",
    headers: "x-rain-data-type: blob\r\nx-rain-content-type: text\r\nx-rain-size: 5\r\n",
    body: Buffer.from("hello"),
  },
  { start: `PUT /api/v1/plugins/${HASH}`, body: Buffer.from("no tar") },
  { start: `GET /api/v1/plugins/${HASH}` },
  { start: "GET /objects/1/0", headers: "range: bytes=1-\r\n" },
  {
    start: "GET /ws/client",
    headers:
      "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
  },
];
const TO_WORKER: Template[] = [
  { start: "GET /objects/1/0", headers: "range: bytes=1-\r\nx-rain-host: here\r\n" },
  { start: "POST /objects/1/batch", body: encodeBatchRequest(Uint32Array.of(0, 1, 2)) },
];

/** The HTTP API of the server, as raw bytes over TCP. */
export const http: Entry = {
  name: "http",
  share: 20,
  open: async ({ server }: Target) => new HttpFeeder(server.address, TO_SERVER),
};

/** The HTTP API of a worker's data server, as raw bytes over TCP. */
export const data: Entry = {
  name: "data",
  share: 8,
  open: async ({ dataAddress }: Target) => new HttpFeeder(dataAddress, TO_WORKER),
};

class HttpFeeder implements Feeder {
  readonly #address: string;
  readonly #templates: readonly Template[];
  readonly #underWay = new Set<Promise<void>>();

  constructor(address: string, templates: readonly Template[]) {
    this.#address = address;
    this.#templates = templates;
  }

  async feed(random: Random): Promise<void> {
    const bytes = mutateBytes(random, this.#request(random), this.#request(random));
    if (this.#underWay.size >= CONNECTIONS) await Promise.race(this.#underWay);
    const said = this.#say(bytes).finally(() => this.#underWay.delete(said));
    this.#underWay.add(said);
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #request(random: Random): Buffer {
    const { start, headers = "", body = Buffer.of() } = random.pick(this.#templates);
    const length = body.length > 0 || random.oneIn(4) ? `content-length: ${body.length}\r\n` : "";
    const head = `${start} HTTP/1.1\r\nhost: ${this.#address}\r\n${headers}${length}\r\n`;
    return Buffer.concat([Buffer.from(head, "latin1"), body]);
  }

  /** Sends bytes, and waits until Rain closes the connection, which it must do after the end of the request. */
  #say(bytes: Uint8Array): Promise<void> {
    const [host, port] = this.#address.split(":");
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), host);
      let answer = "";
      socket.on("data", (chunk: Buffer) => {
        if (answer.length < 4096) answer += chunk.toString("latin1");
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        if (answer.includes('"INTERNAL"'))
          reject(new Error(`${JSON.stringify(bytes.toString())} was answered ${answer}`));
        else resolve();
      });
      socket.end(bytes);
    });
  }
}
