import { encode } from "../../../src/runtime/protocol/codec/codec.ts";
import { helloFrame } from "../../../src/runtime/protocol/link/handshake.ts";
import type { Assign } from "../../../src/runtime/protocol/messages/index.ts";
import type { Entry, Feeder } from "../entry.ts";
import { hostileTasks } from "../graphs.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import { mutateValue } from "../mutate-value.ts";
import type { Random } from "../random.ts";
import { RawLink, workerHello } from "../raw-link.ts";
import type { Target } from "../target.ts";

const TASKS = 50;
/** A worker without tasks after this time is replaced by a new one. */
const ASSIGN_MS = 100;
const WORDS_PER_TASK = 5;
/** The number of inputs after which the feeder pauses, so that the server can assign tasks. */
const PAUSE_EVERY = 10;

/** `/ws/worker`: hellos, and reports of tasks that the server assigned to the worker. */
export const worker: Entry = {
  name: "worker",
  share: 20,
  open: async (target) => new WorkerFeeder(target),
};

class WorkerFeeder implements Feeder {
  readonly #address: string;
  #worker: RawLink | undefined;
  #client: RawLink | undefined;
  #session = 0;
  #held: number[] = [];
  #calls = 0;
  #fed = 0;

  constructor({ server }: Target) {
    this.#address = server.address;
  }

  async feed(random: Random): Promise<void> {
    if (random.oneIn(30)) return this.#feedHello(random);
    if (this.#held.length === 0) await this.#submit();
    const worker = await this.#open();
    const report = this.#report(random);
    if (random.oneIn(4))
      worker.sendEncoded([mutateBytes(random, encode(report), encode(this.#report(random)))]);
    else if (random.oneIn(5)) worker.send(report);
    else worker.send(mutateValue(random, report));
    if (++this.#fed % PAUSE_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    await this.#leave();
    await this.#client?.close();
    this.#client = undefined;
  }

  /** Leaves gracefully, so that the server does not wait for the worker to return. */
  async #leave(): Promise<void> {
    this.#worker?.sendBytes(encode(["close", null]));
    await this.#worker?.closed;
    this.#worker = undefined;
    this.#held = [];
  }

  async #feedHello(random: Random): Promise<void> {
    const hello = helloFrame("worker", workerHello());
    const link = await RawLink.dial(this.#address, "worker");
    link.sendBytes(random.oneIn(2) ? mutateBytes(random, encode(hello)) : encode(mutateValue(random, hello)));
    link.sendBytes(encode(["close", null]));
    await link.closed;
  }

  async #open(): Promise<RawLink> {
    if (this.#worker && !this.#worker.isClosed) return this.#worker;
    this.#held = [];
    const worker = await RawLink.open(this.#address, "worker", workerHello());
    worker.onMessage = (message) => {
      const [kind, body] = message as ["assign", Assign];
      if (kind !== "assign") return;
      this.#session = body.session;
      this.#held.push(...body.words.filter((_, at) => at % WORDS_PER_TASK === 0));
    };
    this.#worker = worker;
    await worker.find((message) => message).catch(() => {});
    return worker;
  }

  /** Submits tasks in a new session, because the previous one may have failed with its workers. */
  async #submit(): Promise<void> {
    await this.#open();
    if (!this.#client || this.#client.isClosed)
      this.#client = await RawLink.open(this.#address, "client", { agent: "fuzz" });
    const options = { name: "bait", detached: false, retain: false, onFailure: "stop" };
    if (this.#session > 0) await this.#client.call(++this.#calls, "close", { session: this.#session });
    const { session } = (await this.#client.call(++this.#calls, "newSession", options)) as {
      session: number;
    };
    this.#session = session;
    const chunk = hostileTasks(TASKS);
    await this.#client.call(++this.#calls, "addChunk", { graph: this.#calls, chunk });
    await this.#client.call(++this.#calls, "submit", { session, graph: this.#calls - 1 });
    const deadline = performance.now() + ASSIGN_MS;
    while (this.#held.length === 0 && !this.#worker?.isClosed) {
      // The worker may have reported other task types.
      if (performance.now() > deadline) return await this.#leave();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Makes a valid report. */
  #report(random: Random): [string, object] {
    const session = this.#session;
    const count = 1 + random.below(3);
    const tasks = Uint32Array.from(this.#held.splice(0, count));
    const none = Float32Array.from(tasks, () => 0);
    const error = { code: "TASK_FAILED", message: "no", details: {} };
    const [task = 0] = tasks;
    const extra = {
      task,
      debug: "said",
      stdoutTail: "out",
      user: { a: 1 },
      contentTypes: [[task * 2, "text"]],
    };
    const type = { name: "hostile/other", aliases: ["x"], summary: "", inputs: "", outputs: "" };
    const measures = {
      cpus: 1,
      memory: 1,
      programMemory: 1,
      objectMemory: 1,
      objectFiles: 1,
      received: 1,
      sent: 1,
    };
    const executor = { name: "x", pid: 1, cpus: 1, memory: 1, running: 0 };
    return random.pick<[string, object]>([
      ["started", { session, tasks, secondsAgo: none }],
      [
        "finished",
        {
          session,
          tasks,
          secondsAgo: none,
          durations: none,
          sizes: Float64Array.from({ length: tasks.length * 2 }, () => 1),
          extras: tasks.length > 0 ? [extra] : [],
          copies: tasks.length > 0 ? [{ object: task * 2, data: Buffer.of(1) }] : [],
        },
      ],
      ["failed", { session, task, secondsAgo: 0, duration: 0, error, extra }],
      ["returned", { session, tasks }],
      ["missing", { session, object: task * 2, source: 1, tasks, error }],
      ["sample", { ...measures, executors: [executor] }],
      ["types", { taskTypes: [...workerHello().taskTypes, type], contentTypes: ["text"] }],
    ]);
  }
}
