import { encode } from "../../../src/runtime/protocol/codec/codec.ts";
import { dataFrame } from "../../../src/runtime/protocol/link/frames.ts";
import { helloFrame } from "../../../src/runtime/protocol/link/handshake.ts";
import type { Submission } from "../../../src/runtime/protocol/messages/index.ts";
import type { Entry, Feeder } from "../entry.ts";
import { submissionOf } from "../graphs.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import { mutateValue } from "../mutate-value.ts";
import type { Random } from "../random.ts";
import { RawLink } from "../raw-link.ts";
import type { Target } from "../target.ts";

/** The numbers of calls after which the feeder waits for the server, and opens new sessions. */
const WAIT_EVERY = 20;
const SESSION_EVERY = 60;
const HELLO = { agent: "fuzz" };

/** `/ws/client`: hellos, frames, and calls with graphs. Rain runs graphs that are still valid. */
export const client: Entry = {
  name: "client",
  share: 30,
  open: async (target) => new ClientFeeder(target),
};

/** A few tasks of several types. They are harmless even with mutated configs. */
function smallGraph(): Submission {
  const blob = { dataType: "blob" as const };
  const text = (data: string) => ({ ...blob, size: data.length, data: Buffer.from(data) });
  return submissionOf(
    [
      { type: "builtin/concat", outputs: [blob] },
      {
        type: "builtin/run",
        outputs: [{ ...blob, label: "out" }],
        inputLabels: ["in"],
        retries: 1,
        timeout: 5,
      },
      { type: "builtin/make_directory", outputs: [{ dataType: "dir" }], priority: 1 },
      { type: "builtin/sleep", outputs: [blob], resources: { cpus: 0.5, memory: 1000, named: {} } },
      { type: "builtin/slice_directory", outputs: [blob], where: { labels: {} } },
    ],
    [
      { kind: 0, inputs: [0, 1] },
      { kind: 1, inputs: [2], config: { args: ["true"], in_paths: [{ path: "in" }], out_paths: ["+out"] } },
      { kind: 2, inputs: [0, 3], config: { paths: ["a", "b/c"] } },
      { kind: 3, inputs: [2], config: 0 },
      { kind: 4, inputs: [4], config: { path: "a" } },
    ],
    { constants: [text("one"), text("two")], keep: [2, 6] },
  );
}

class ClientFeeder implements Feeder {
  readonly #address: string;
  #link: RawLink | undefined;
  #session = 0;
  #calls = 0;
  #fed = 0;

  constructor({ server }: Target) {
    this.#address = server.address;
  }

  async feed(random: Random): Promise<void> {
    if (random.oneIn(40)) return this.#feedHello(random);
    const link = await this.#open();
    const call = this.#callOf(random);
    // Do not send this call, because it would stop the server.
    const isStop = (bytes: Uint8Array) => Buffer.from(bytes).includes("stopServer");
    if (random.oneIn(3)) {
      const bytes = mutateBytes(random, encode(["call", call]), encode(["call", this.#callOf(random)]));
      if (!isStop(bytes)) link.sendEncoded([bytes]);
    } else if (random.oneIn(8)) {
      const frame = dataFrame(random.below(3), random.below(2), [encode(["call", call])]);
      link.sendBytes(mutateBytes(random, frame));
    } else {
      const [mutated] = mutateValue(random, [call]);
      if (!isStop(encode(mutated))) link.send(["call", mutated]);
      if (call.method === "addChunk")
        link.send(["call", this.#call("submit", { graph: 1, session: this.#session })]);
    }
    if (++this.#fed % WAIT_EVERY === 0) await this.#settle();
  }

  async close(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
  }

  async #feedHello(random: Random): Promise<void> {
    const link = await RawLink.dial(this.#address, "client");
    const hello = helloFrame("client", HELLO, random.oneIn(2) ? { link: "x", received: 0 } : undefined);
    link.sendBytes(random.oneIn(2) ? mutateBytes(random, encode(hello)) : encode(mutateValue(random, hello)));
    link.send(["call", this.#call("status", {})]);
    await Promise.race([link.closed, link.find((message) => message)]).catch(() => {});
    await link.close();
  }

  async #open(): Promise<RawLink> {
    if (this.#link && !this.#link.isClosed && this.#calls < SESSION_EVERY) return this.#link;
    await this.#link?.close();
    this.#link = await RawLink.open(this.#address, "client", HELLO);
    this.#link.onMessage = checkAnswer;
    this.#calls = 0;
    const options = { name: "fuzz", detached: false, retain: false, onFailure: "stop" };
    const { session } = (await this.#link.call(++this.#calls, "newSession", options)) as { session: number };
    this.#session = session;
    return this.#link;
  }

  #call(method: string, params: object) {
    return { id: ++this.#calls + 1000, method, params };
  }

  /** A valid call. */
  #callOf(random: Random) {
    const session = this.#session;
    const numbers = Uint32Array.of(0, 2);
    if (random.oneIn(2)) return this.#call("addChunk", { graph: 1, chunk: smallGraph() });
    return random.pick([
      () => this.#call("submit", { session, graph: 1 }),
      () => this.#call("newSession", { name: "own", detached: false, retain: true, onFailure: "stop" }),
      () => this.#call("findSession", { ref: "fuzz" }),
      () => this.#call("sessionStatus", { session }),
      () => this.#call("status", {}),
      () => this.#call("taskTypes", {}),
      () => this.#call("missingPlugins", { hashes: ["0".repeat(64)] }),
      () => this.#call("dropGraph", { graph: 1 }),
      () => this.#call("place", { graph: 1 }),
      () => this.#call("seal", { session }),
      () => this.#call("unkeep", { session, objects: numbers.subarray(1) }),
      () => this.#call("wait", { session, tasks: numbers, objects: numbers, mode: "some" }),
      () => this.#call("taskInfo", { session, tasks: numbers }),
      () => this.#call("objectInfo", { session, objects: numbers }),
      () => this.#call("resolveRef", { session, ref: "#2" }),
      () => this.#call("watch", { session }),
      () => this.#call("unwatch", { session }),
      () => this.#call("logs", { session, task: 0, worker: 1, failed: true, server: false, follow: false }),
      () => this.#call("abort", { request: 1001 }),
      () => this.#call("cancel", { session }),
      () => this.#call("close", { session }),
    ])();
  }

  /** Waits until the server has read everything, or has closed the link. */
  async #settle(): Promise<void> {
    const link = this.#link;
    if (!link || link.isClosed) return;
    // Use an id that no other call, not even a mutated one, is likely to have.
    const id = 2 ** 50 + this.#fed;
    await link.call(id, "findSession", { ref: "fuzz" }).catch(() => {});
  }
}

/** @throws Error if the server reports an internal error */
function checkAnswer(message: unknown): void {
  const [kind, body] = message as [string, { error?: { code: string; message: string } }];
  if (kind === "error" && body.error?.code === "INTERNAL") throw new Error(`INTERNAL: ${body.error.message}`);
}
