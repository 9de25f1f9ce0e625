import { WebSocket } from "ws";
import { RainError } from "../../src/runtime/errors.ts";
import { decode, encode } from "../../src/runtime/protocol/codec/codec.ts";
import { dataFrame, parseFrame } from "../../src/runtime/protocol/link/frames.ts";
import { helloFrame, parseWelcome, type Role } from "../../src/runtime/protocol/link/handshake.ts";
import type { WorkerHello } from "../../src/runtime/protocol/messages/index.ts";

/** A peer of the server that says whatever it is told to, valid or not, over a real socket. */
export class RawLink {
  readonly messages: unknown[] = [];
  /** What the server said at the end, if it said why. */
  readonly closed: Promise<RainError | undefined>;
  isClosed = false;
  /** Called for each message that comes. */
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

  /** Connects; the hello is up to the caller. */
  static async dial(address: string, role: Role): Promise<RawLink> {
    const socket = new WebSocket(`ws://${address}/ws/${role}`, { perMessageDeflate: false });
    const link = new RawLink(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return link;
  }

  /** Connects and introduces itself; a server that refuses closes the link. */
  static async open(address: string, role: Role, body: unknown): Promise<RawLink> {
    const link = await RawLink.dial(address, role);
    link.sendBytes(encode(helloFrame(role, body)));
    return link;
  }

  /** A data frame with these messages, whose number is the next. */
  send(...messages: unknown[]): void {
    this.sendEncoded(messages.map(encode));
  }

  sendEncoded(messages: Uint8Array[]): void {
    this.sendBytes(dataFrame(++this.#sent, this.#received, messages));
  }

  sendBytes(bytes: Uint8Array): void {
    if (!this.isClosed) this.#socket.send(bytes, () => {});
  }

  /** The first message that fits. Waits for it. @throws Error when the link ends before */
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

  /** Answers the result or the error of a call. */
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

/** Of a welcome nothing is needed; of a refusal the reason. `undefined` for what is neither. */
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

/** Of a worker that offers one task type of its own, which nobody else has. */
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
