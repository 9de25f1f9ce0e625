import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { RainError } from "../../../errors.ts";
import { PrintedFile } from "../../../executor/calls/printed.ts";
import type { Connection, FromExecutor, Id, Result } from "../../../executor/cbor1/index.ts";
import { STDERR_FILE, STDOUT_FILE } from "../../../executor/files.ts";
import type { Executor, ExecutorCall, ExecutorExit } from "../executor.ts";
import type { LaunchedProcess } from "../process.ts";
import { CachedObjects } from "./cached-objects.ts";
import { callOf } from "./call.ts";
import { outputsOf } from "./outputs.ts";

/** Milliseconds that a connection may outlive its process. */
const END_MS = 1000;

/** A registered executor in any language. An invalid message fails its call and ends the executor. */
export class CommandExecutor implements Executor {
  readonly pid: number;
  readonly exited: Promise<ExecutorExit>;
  readonly #name: string;
  readonly #process: LaunchedProcess;
  readonly #dir: string;
  readonly #stdout: PrintedFile;
  readonly #stderr: PrintedFile;
  readonly #connection: Connection;
  readonly #log: Logger;
  readonly #cached = new CachedObjects();
  #current: ExecutorCall | undefined;
  /** State of the call: not sent, sent, or its result is being stored. */
  #phase: "preparing" | "running" | "finishing" = "preparing";
  /** Accepts no further calls: a new one goes to another process once this one is gone. */
  #over = false;
  /** How the executor broke the protocol. */
  #broken: string | undefined;
  /** Objects of the call that were dropped while it ran. */
  readonly #droppedMeanwhile = new Set<number>();
  /** Settles when the last result is stored. */
  #finishing: Promise<void> | undefined;

  constructor(
    name: string,
    child: LaunchedProcess,
    connection: Connection,
    { dir, log }: { dir: string; log: Logger },
  ) {
    this.pid = child.pid;
    this.#name = name;
    this.#process = child;
    this.#dir = dir;
    this.#stdout = new PrintedFile(join(dir, STDOUT_FILE));
    this.#stderr = new PrintedFile(join(dir, STDERR_FILE));
    this.#connection = connection;
    this.#log = log;
    const hungUp = new Promise<void>((resolve) => {
      connection.handOver({
        message: (message) => this.#receive(message),
        ended: (error) => {
          resolve();
          this.#ended(error);
        },
      });
    });
    this.exited = this.#follow(hungUp);
  }

  /** Takes one call: none are handed over ahead. */
  run([call]: readonly ExecutorCall[]): void {
    if (!call) return;
    this.#current = call;
    this.#phase = "preparing";
    void this.#send(call);
  }

  current(): ExecutorCall | undefined {
    return this.#phase === "preparing" ? undefined : this.#current;
  }

  /** The protocol has no message for this. */
  abort(call: ExecutorCall): void {
    if (call === this.#current) this.kill();
  }

  dropped(session: number, objects?: Uint32Array): void {
    if (this.#current?.run.assigned.session === session) {
      for (const object of objects ?? []) this.#droppedMeanwhile.add(object);
    }
    this.#sendDrop(objects ? this.#cached.drop(session, objects) : this.#cached.dropSession(session));
  }

  async close(): Promise<void> {
    this.#connection.end();
    await this.#process.ended();
  }

  kill(): void {
    this.#process.kill();
  }

  async #send(call: ExecutorCall): Promise<void> {
    const { session } = call.run.assigned;
    try {
      this.#droppedMeanwhile.clear();
      const body = await callOf(call.run, (object) => this.#cached.has(session, object));
      if (this.#over) return;
      this.#phase = "running";
      this.#connection.send(["call", body]);
      call.begun();
    } catch (error) {
      this.#settle(call, () => call.failed(RainError.from(error)));
    }
  }

  #receive([kind, body]: FromExecutor): void {
    if (this.#over) return;
    const call = this.#current;
    if (kind === "register") {
      this.#break("it registered a second time");
    } else if (!call || this.#phase !== "running") {
      this.#break(`it sent a result for task [${body.task}], but none is running`);
    } else if (!isResultOf(call, body)) {
      const { session, id } = call.run.assigned;
      this.#break(`it sent a result for task [${body.task}]; the result of [${session},${id}] is expected`);
    } else {
      this.#phase = "finishing";
      this.#noteCached(call, body.cached_objects);
      this.#finishing = this.#finish(call, body);
    }
  }

  async #finish(call: ExecutorCall, result: Result): Promise<void> {
    const { run } = call;
    const { info, success } = result;
    if (info.debug) run.debug(info.debug);
    if (info.user !== undefined && info.user !== null) run.info.user = info.user;
    const stdout = this.#stdout.takeNew();
    const stderr = this.#stderr.takeNew();
    if (stdout || stderr) run.printed({ stdout, stderr });
    try {
      if (!success) throw new Error(info.error || "it gave no reason");
      const outputs = await outputsOf(run, result, this.#dir);
      this.#settle(call, () => call.done(outputs));
    } catch (error) {
      this.#settle(call, () => call.failed(error));
    }
  }

  #settle(call: ExecutorCall, tell: () => void): void {
    if (this.#current !== call) return;
    this.#current = undefined;
    tell();
  }

  /** Waits for the end of the process, and until everything that it sent is handled. */
  async #follow(hungUp: Promise<void>): Promise<ExecutorExit> {
    const { code, signal } = await this.#process.exited;
    const patience = new AbortController();
    // Another process may have inherited its connection.
    await Promise.race([hungUp, sleep(END_MS, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
    await this.#finishing;
    if (this.#broken !== undefined) this.#failBroken(this.#broken);
    const tail = this.#process.tail({ stdout: this.#stdout.seen, stderr: this.#stderr.seen });
    this.#stdout.close();
    this.#stderr.close();
    return { code, signal, tail };
  }

  /** Records the objects that the executor reports as cached, if they belong to the call. */
  #noteCached(call: ExecutorCall, ids: readonly Id[]): void {
    const { session, inputs, firstOutput } = call.run.assigned;
    const gone: Id[] = [];
    for (const id of ids) {
      const [from, object] = id;
      const output = object - firstOutput;
      const isOfCall = inputs.includes(object) || (output >= 0 && output < call.run.outputs.length);
      if (from !== session || !isOfCall) continue;
      if (this.#droppedMeanwhile.has(object)) gone.push(id);
      else this.#cached.add(id);
    }
    this.#sendDrop(gone);
  }

  #sendDrop(objects: Id[]): void {
    if (objects.length > 0) this.#connection.send(["drop_cached", { objects }]);
  }

  /** Handles the end of the connection, with an error if the executor sent an invalid message. */
  #ended(error: RainError | undefined): void {
    this.#over = true;
    if (error) this.#break(error.message);
    else void this.#process.ended();
  }

  /**
   * Kills an executor that broke the protocol. Its call fails only when the process is gone, so that it gets no
   * other call before.
   */
  #break(what: string): void {
    this.#over = true;
    this.#broken ??= what;
    this.#log.warn({ pid: this.pid }, `executor ${this.#name} is killed: ${what}`);
    this.kill();
    this.#connection.destroy();
  }

  #failBroken(what: string): void {
    const call = this.current();
    if (!call) return;
    const message = `executor ${this.#name} (pid ${this.pid}) broke the protocol: ${what}`;
    this.#settle(call, () => call.failed(new RainError("EXECUTOR_FAILED", message)));
  }
}

function isResultOf({ run }: ExecutorCall, { task }: Result): boolean {
  return task[0] === run.assigned.session && task[1] === run.assigned.id;
}
