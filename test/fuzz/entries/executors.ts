import { mkdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { FrameReader, frameOf } from "../../../src/runtime/executor/frames.ts";
import { decode, encode } from "../../../src/runtime/protocol/codec/codec.ts";
import { openSocket } from "../../../src/runtime/worker/executors/accept.ts";
import { commandDriver } from "../../../src/runtime/worker/executors/cbor1/index.ts";
import type { ExecutorDriver, StartExecutorOptions } from "../../../src/runtime/worker/executors/executor.ts";
import { JavaScriptExecutor } from "../../../src/runtime/worker/executors/javascript-executor.ts";
import { ExecutorPool } from "../../../src/runtime/worker/executors/pool.ts";
import { launch } from "../../../src/runtime/worker/executors/process.ts";
import { ExecutorRunner } from "../../../src/runtime/worker/executors/runner.ts";
import { Reporter } from "../../../src/runtime/worker/reporting/reporter.ts";
import { ObjectStore } from "../../../src/runtime/worker/store/object-store.ts";
import { AssignedTask, PreparedKind } from "../../../src/runtime/worker/tasks/assigned-task.ts";
import { TaskDirs } from "../../../src/runtime/worker/tasks/task-dirs.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import { mutateValue } from "../mutate-value.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** A process that does nothing. The fuzzer sends messages in its place. */
const IDLE = ["/bin/sleep", "3600"] as const;
const SESSION = 1;

/** The socket of executors in JavaScript. */
export const executor: Entry = {
  name: "executor",
  share: 3,
  open: (target) => ExecutorFeeder.open(target, "js", javaScriptSide()),
};

/** The socket of executors in other languages, `cbor-1`. */
export const cbor1: Entry = {
  name: "cbor-1",
  share: 3,
  open: (target) => ExecutorFeeder.open(target, "cbor1", cbor1Side()),
};

/** The messages that the fuzzer sends in place of an executor. */
interface Side {
  driver: ExecutorDriver;
  /** Sends the messages before the first call. */
  greet(socket: Socket, id: number): void;
  /** Returns a valid answer to a message, or `undefined` if it is not a call. */
  answer(message: unknown, random: Random): unknown[] | undefined;
}

function javaScriptSide(): Side {
  return {
    driver: {
      name: "js",
      maxAhead: 4,
      async start({ dir, socket: path, log, signal }: StartExecutorOptions) {
        const listener = await openSocket(path, "js");
        const child = await launch({ name: "js", command: IDLE, dir });
        try {
          const made = new JavaScriptExecutor(child, await listener.connection(child, signal), { dir, log });
          await made.ready;
          return made;
        } finally {
          listener.close();
        }
      },
    },
    greet: (socket) => socket.write(frameOf(encode(["ready", {}]))),
    answer(message, random) {
      const [kind, body] = message as [string, { calls: [number][] }];
      if (kind !== "calls") return undefined;
      const extra = { debug: "said", user: { a: 1 }, stdout: "out", stderr: "err", dir: "/nowhere/rain" };
      const results = body.calls.map(([id]) =>
        random.pick([
          [id, 1, [Buffer.from("one"), [Buffer.from("two"), "text"]], null],
          [id, 1, [[0], ["../../../outside/untouched", ""]], extra],
          [id, 1, { message: "no", details: {} }, { ...extra, dir: undefined }],
        ]),
      );
      return random.oneIn(10)
        ? ["returned", { calls: body.calls.map(([id]) => id) }]
        : ["results", { results }];
    },
  };
}

function cbor1Side(): Side {
  const [command, ...args] = IDLE;
  return {
    driver: commandDriver({ name: "cbor1", command, args, folder: () => "/" }),
    greet: (socket, id) =>
      socket.write(
        frameOf(encode(["register", { protocol: "cbor-1", executor_id: id, executor_type: "cbor1" }])),
      ),
    answer(message, random) {
      const [kind, body] = message as [string, { spec: { id: number[] } }];
      if (kind !== "call") return undefined;
      const info = { debug: "said", content_type: "text" };
      const location = random.pick([
        ["memory", Buffer.from("two")],
        ["path", "../../../outside/untouched"],
        ["path", "stdout"],
        ["other_object", [SESSION, 0]],
      ]);
      const outputs = [
        { info, location: ["memory", Buffer.from("one")] },
        { info, location },
      ];
      const success = !random.oneIn(5);
      const cached = [[SESSION, 0]];
      const said = { error: "no", debug: "said", user: { a: 1 } };
      return ["result", { task: body.spec.id, success, info: said, outputs, cached_objects: cached }];
    },
  };
}

class ExecutorFeeder implements Feeder {
  readonly #side: Side;
  readonly #runner: ExecutorRunner;
  readonly #store: ObjectStore;
  readonly #reporter: Reporter;
  readonly #kind: PreparedKind;
  readonly #driver: ExecutorDriver;
  #random: Random | undefined;
  #lastTask = 0;
  #ended: () => void = () => {};

  private constructor(side: Side, root: string, { log }: Target) {
    this.#side = side;
    this.#store = new ObjectStore({ directory: join(root, "objects"), log });
    this.#reporter = new Reporter(() => {});
    const driver: ExecutorDriver = {
      ...side.driver,
      start: async (options) => {
        const hungUp = this.#speakFor(options);
        const made = await side.driver.start(options);
        // A process that has closed its connection would end, too.
        void hungUp.then(() => made.kill());
        return made;
      },
    };
    const outputs = [{ dataType: "blob" as const }, { dataType: "blob" as const }];
    const kind = { type: "fuzz/task", resources: { cpus: 1 }, outputs, group: 0 };
    this.#kind = new PreparedKind(kind, undefined);
    this.#driver = driver;
    // Rain kills an executor that sends invalid messages. This is not a fault of Rain, so do not log it.
    const quiet = log.child({}, { level: "fatal" });
    const pool = new ExecutorPool({
      cpus: 1,
      directory: join(root, "executors"),
      socketPath: (id) => join(root, `s${id}`),
      log: quiet,
    });
    this.#runner = new ExecutorRunner({
      store: this.#store,
      reporter: this.#reporter,
      slot: () => 1,
      log: quiet,
      pool,
      memory: undefined,
      dirs: new TaskDirs(join(root, "tasks")),
      lookup: () => undefined,
      onEnd: () => this.#ended(),
      onSpoiled: () => this.#ended(),
      // Rain would run the task again. The fuzzer continues with the next input instead.
      onReturned: () => this.#ended(),
    });
  }

  static async open(target: Target, name: string, side: Side): Promise<ExecutorFeeder> {
    const root = join(target.scratch, name);
    for (const folder of ["executors", "tasks", "objects"])
      await mkdir(join(root, folder), { recursive: true });
    return new ExecutorFeeder(side, root, target);
  }

  /** Makes one call, sends a mutated answer, and waits until the call has ended in any way. */
  async feed(random: Random): Promise<void> {
    this.#random = random;
    const id = this.#lastTask++;
    const input = this.#store.put(SESSION, 0, Buffer.from("input"), "");
    if (!input) throw new Error("there is no input");
    const task = { session: SESSION, id, kind: this.#kind, config: undefined, name: "", inputs: [0] };
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#runner.start(this.#driver, [new AssignedTask({ ...task, firstOutput: 1 + id * 2 })]);
    await ended;
  }

  async close(): Promise<void> {
    await this.#runner.close();
    this.#reporter.close();
    this.#store.dropSession(SESSION);
    await this.#store.close();
  }

  /** Answers for the executor until the connection ends. */
  async #speakFor({ id, socket: path }: StartExecutorOptions): Promise<void> {
    const socket = await dial(path);
    const closed = new Promise<void>((resolve) => socket.on("error", () => {}).on("close", () => resolve()));
    const reader = new FrameReader();
    socket.on("data", (chunk) => {
      for (const item of reader.push(chunk)) this.#answer(socket, decode(item));
    });
    this.#side.greet(socket, id);
    await closed;
  }

  #answer(socket: Socket, message: unknown): void {
    const random = this.#random;
    const answer = random && this.#side.answer(message, random);
    if (!random || !answer) return;
    if (random.oneIn(3)) socket.end(mutateBytes(random, frameOf(encode(answer))));
    else if (random.oneIn(10)) socket.write(frameOf(encode(answer)));
    else socket.write(frameOf(encode(mutateValue(random, answer))));
    // Close the connection. Otherwise Rain would wait for the rest of a truncated answer, or after an answer to another call.
    socket.end();
  }
}

/** Connects, and tries again until a process listens on the socket. */
async function dial(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    if (isOpen) return socket;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
