import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { TAIL_BYTES } from "../../runtime/platform/files/output-tail.ts";
import { killLeftovers } from "../../runtime/platform/processes/leftovers.ts";
import { MemoryLimit } from "../../runtime/platform/processes/memory-limit.ts";
import { newMark } from "../../runtime/platform/processes/run-marks.ts";
import { unref } from "../../runtime/platform/unref.ts";
import { LAUNCHER } from "./launcher-script.ts";
import type { Ended, Exit, Program } from "./program.ts";

/** Python usually starts in a fraction of this time. */
const START_TIMEOUT_MS = 10_000;
const REPLY_HEADER = 24;
const NOT_STARTED = -1;
const STARTED = -2;
/** Results from here on are signals. */
const FIRST_SIGNAL = 256;

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

interface Waiting {
  /** Called with the pid of the program, if it was requested. */
  started: (pid: number) => void;
  resolve: (ended: Ended | undefined) => void;
  reject: (error: Error) => void;
}

/**
 * A small process that starts programs for this one. A fork of Node takes longer the more memory it uses;
 * Python starts programs with
 * `vfork`. Programs get the environment that this process had when the launcher started. As with `spawn` and
 * `detached`, they get a
 * session and process group of their own, default signals, and only the first three file descriptors.
 */
export class Launcher {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #running = new Map<number, Waiting>();
  /** The first part of the marks of its programs. */
  readonly #mark = newMark();
  /** Whether it kills what programs leave behind by itself. */
  #reaps = false;
  #number = 0;
  #unread: Buffer = Buffer.alloc(0);
  #onReady: () => void = () => {};
  #alive = true;

  private constructor() {
    this.#process = spawn("python3", ["-I", "-S", "-c", LAUNCHER, this.#mark], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    // The exit event reports the end of the launcher.
    this.#process.stdin.on("error", () => {});
    this.#process.stdout.on("data", (data: Buffer) => this.#read(data));
  }

  /** Starts a launcher. Resolves with `undefined` if there is no suitable Python. `onEnd` is called when the launcher ends. */
  static start(onEnd: () => void): Promise<Launcher | undefined> {
    return new Promise((resolve) => {
      const launcher = new Launcher();
      const child = launcher.#process;
      const giveUp = () => child.kill("SIGKILL");
      const timer = setTimeout(giveUp, START_TIMEOUT_MS);
      launcher.#onReady = () => {
        clearTimeout(timer);
        const environment = Object.entries(process.env).flatMap(([name, value]) => [name, value ?? ""]);
        launcher.#send(0, environment);
        // The launcher must not keep this process alive.
        child.unref();
        for (const stream of [child.stdin, child.stdout]) unref(stream);
        resolve(launcher);
      };
      const end = () => {
        clearTimeout(timer);
        launcher.#end();
        resolve(undefined);
        onEnd();
      };
      child.once("error", end).once("exit", end);
    });
  }

  /** Like `runSpawned`, but returns `undefined` if the program was not started, for any reason. */
  async run(program: Program, abort: AbortSignal): Promise<Ended | undefined> {
    const fields = requestOf(program);
    if (!this.#alive || fields.some((field) => field.includes("\0"))) return undefined;
    this.#number = (this.#number % 0xffff_ffff) + 1;
    const number = this.#number;
    this.#send(number, fields);
    let kill: NodeJS.Timeout | undefined;
    const terminate = () => {
      this.#send(number, [String(constants.signals.SIGTERM)]);
      kill = setTimeout(() => this.#send(number, [String(constants.signals.SIGKILL)]), program.graceMs);
    };
    if (abort.aborted) terminate();
    else abort.addEventListener("abort", terminate);
    const { memory } = program;
    let limit: MemoryLimit | undefined;
    const started = (pid: number) => {
      if (memory) limit = new MemoryLimit(pid, memory);
    };
    try {
      const ended = await new Promise<Ended | undefined>((resolve, reject) =>
        this.#running.set(number, { started, resolve, reject }),
      );
      return ended && limit ? { ...ended, exceeded: limit.exceeded } : ended;
    } finally {
      limit?.end();
      clearTimeout(kill);
      abort.removeEventListener("abort", terminate);
    }
  }

  #send(number: number, fields: readonly string[]): void {
    const text = fields.join("\0");
    const length = Buffer.byteLength(text);
    const request = Buffer.allocUnsafe(8 + length);
    request.writeUInt32BE(length, 0);
    request.writeUInt32BE(number, 4);
    request.write(text, 8);
    this.#process.stdin.write(request);
  }

  #read(data: Buffer): void {
    const unread = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    let at = 0;
    while (unread.length - at >= REPLY_HEADER) {
      if (unread.readInt32BE(at + 4) === STARTED) {
        this.#running.get(unread.readUInt32BE(at))?.started(unread.readDoubleBE(at + 8));
        at += REPLY_HEADER;
        continue;
      }
      const stdoutSize = unread.readDoubleBE(at + 8);
      const stderrSize = unread.readDoubleBE(at + 16);
      const stdoutAt = at + REPLY_HEADER;
      const stderrAt = stdoutAt + Math.min(stdoutSize, TAIL_BYTES);
      const end = stderrAt + Math.min(stderrSize, TAIL_BYTES);
      if (unread.length < end) break;
      // Copies: a view would keep the whole chunk in memory.
      const stdout = { size: stdoutSize, tail: new Uint8Array(unread.subarray(stdoutAt, stderrAt)) };
      const stderr = { size: stderrSize, tail: new Uint8Array(unread.subarray(stderrAt, end)) };
      const result = unread.readInt32BE(at + 4);
      const number = unread.readUInt32BE(at);
      this.#ended(number, result === NOT_STARTED ? undefined : { exit: exitOf(result), stdout, stderr });
      if (number === 0) {
        this.#reaps = result !== 0;
        this.#onReady();
      } else if (!this.#reaps) killLeftovers(`${this.#mark}.${number}`);
      at = end;
    }
    this.#unread = unread.subarray(at);
  }

  #ended(number: number, ended: Ended | undefined): void {
    this.#running.get(number)?.resolve(ended);
    this.#running.delete(number);
  }

  #end(): void {
    this.#alive = false;
    // It may have been killed.
    killLeftovers(this.#mark);
    for (const { reject } of this.#running.values())
      reject(new Error("the process that starts programs (python3) ended while this one ran"));
    this.#running.clear();
  }
}

function requestOf({
  command,
  args,
  cwd,
  memory,
  variables,
  scratch,
  stdin,
  stdout,
  stderr,
}: Program): string[] {
  const pairs = Object.entries(variables);
  const files = [stdin ?? "", stdout ?? "", stderr ?? "", memory ? "pid" : ""];
  return [cwd, scratch, ...files, String(pairs.length), ...pairs.flat(), command, ...args];
}

function exitOf(result: number): Exit {
  if (result < FIRST_SIGNAL) return { code: result, signal: null };
  const number = result - FIRST_SIGNAL;
  return { code: null, signal: SIGNAL_NAMES.get(number) ?? `SIG${number}` };
}
