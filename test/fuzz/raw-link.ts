import { WebSocket } from "ws";
import { RainError } from "../../src/runtime/errors.ts";
import { decode, encode } from "../../src/runtime/protocol/codec/codec.ts";
import { dataFrame, parseFrame } from "../../src/runtime/protocol/link/frames.ts";
import { helloFrame, parseWelcome, type Role } from "../../src/runtime/protocol/link/handshake.ts";
import type { WorkerHello } from "../../src/runtime/protocol/messages/index.ts";

/** A peer of the server that sends any message, valid or not, over a real socket. */
export class RawLink {
  readonly messages: unknown[] = [];
  /** The reason that the server gave for closing the link, if any. */
  readonly closed: Promise<RainError | undefined>;
  isClosed = false;
  /** Called for each received message. */
  onMessage: (message: unknown) => void = () => {};
  readonly #socket: WebSocket;
  #sent = 0;
  #received = 0;
  #wake: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    let reason: RainError | undefined;
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      const frame = greeting(data) ?? parseFrame(data);
      if (frame instanceof RainError) reason = frame;
      else if (frame.kind === "close") reason = frame.error;
      else {
        if (frame.seq > 0) this.#received = frame.seq;
        for (const message of frame.messages) {
          this.messages.push(message);
          this.onMessage(message);
        }
      }
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.isClosed = true;
        resolve(reason);
        this.#wake();
      });
    });
  }

  /** Connects. The caller must send the hello. */
  static async dial(address: string, role: Role): Promise<RawLink> {
    const socket = new WebSocket(`ws://${address}/ws/${role}`, { perMessageDeflate: false });
    const link = new RawLink(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return link;
  }

  /** Connects and sends the hello. A server that refuses it closes the link. */
  static async open(address: string, role: Role, body: unknown): Promise<RawLink> {
    const link = await RawLink.dial(address, role);
    link.sendBytes(encode(helloFrame(role, body)));
    return link;
  }

  /** Sends a data frame with these messages and the next sequence number. */
  send(...messages: unknown[]): void {
    this.sendEncoded(messages.map(encode));
  }

  sendEncoded(messages: Uint8Array[]): void {
    this.sendBytes(dataFrame(++this.#sent, this.#received, messages));
  }

  sendBytes(bytes: Uint8Array): void {
    if (!this.isClosed) this.#socket.send(bytes, () => {});
  }

  /** Waits for the first message that matches. @throws Error if the link closes before */
  async find<Found>(pick: (message: unknown) => Found | undefined): Promise<Found> {
    for (let at = 0; ; ) {
      for (; at < this.messages.length; at++) {
        const found = pick(this.messages[at]);
        if (found !== undefined) return found;
      }
      if (this.isClosed) throw new Error(`the link was closed: ${(await this.closed)?.message}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Makes a call. Returns its result or its error. */
  async call(id: number, method: string, params: unknown): Promise<unknown> {
    this.send(["call", { id, method, params }]);
    return await this.find((message) => {
      const [kind, body] = message as [string, { id: number; result?: unknown; error?: unknown }];
      if (body.id !== id) return undefined;
      return kind === "reply" ? body.result : body.error;
    });
  }

  async close(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }
}

/** Parses a welcome or a refusal. Returns an empty frame, the reason of the refusal, or `undefined` for other messages. */
function greeting(data: Buffer): RainError | { kind: "data"; seq: 0; messages: [] } | undefined {
  const frame = decode(data);
  if (!Array.isArray(frame) || (frame[0] !== "welcome" && frame[0] !== "refused")) return undefined;
  try {
    parseWelcome(frame);
    return { kind: "data", seq: 0, messages: [] };
  } catch (error) {
    return RainError.from(error);
  }
}

/** The hello of a worker that offers one task type, which no other worker has. */
export function workerHello(more: Partial<WorkerHello> = {}): WorkerHello {
  return {
    cpus: 2,
    memory: 2 ** 30,
    resources: {},
    labels: {},
    hostname: "hostile",
    pid: 1,
    dataUrl: "http://127.0.0.1:9",
    taskTypes: [{ name: "hostile/task", summary: "", inputs: "", outputs: "" }],
    contentTypes: [],
    ...more,
  };
}
