import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { messageOf, RainError } from "../../errors.ts";
import { removeFiles } from "../store/remove-files.ts";
import { diedError } from "./died.ts";
import type { Executor, ExecutorCall, ExecutorDriver } from "./executor.ts";

/** Milliseconds that a call may take to stop, before its process is killed. */
const GRACE_MS = 2000;
/** Milliseconds that a process waits for work before it ends. */
const IDLE_MS = 60_000;

export interface ExecutorPoolOptions {
  /** Idle processes that are kept. */
  cpus: number;
  /** An existing directory, on the file system of the objects. */
  directory: string;
  /** A free path for a Unix socket. */
  socketPath: (id: number) => string;
  log: Logger;
  graceMs?: number | undefined;
  idleMs?: number | undefined;
}

/** A process, for `rain status`. */
export interface ExecutorMember {
  name: string;
  pid: number;
  /** Calls that were handed to the process and have not settled. */
  running: number;
}

/** Processes that can run the same calls. */
interface ExecutorGroup {
  driver: ExecutorDriver;
  /** Bytes that the tasks asked for. */
  memory: number | undefined;
  /** Batches that wait for a process. */
  waiting: PooledCall[][];
  starting: number;
}

interface Member {
  group: ExecutorGroup;
  executor: Executor;
  calls: Set<PooledCall>;
  /** Whether a call has ended in the process. */
  proven: boolean;
  /** Calls that have ended and whose output files are still being taken over. */
  storing: Set<Promise<void>>;
  /** On the clock of `performance.now()`. */
  idleSince: number;
  gone: Promise<void>;
}

/** A call that notifies the pool when it has settled. */
export interface PooledCall extends ExecutorCall {
  /**
   * Set by the pool. Called once, when the call has settled in whatever way. The files of the call are needed
   * until `until`.
   */
  onSettled: (until?: Promise<void>) => void;
}

const nothing = () => {};

/** Starts executors on demand, keeps idle ones for later calls, and replaces those that die. */
export class ExecutorPool {
  readonly #options: ExecutorPoolOptions;
  readonly #groups = new Map<ExecutorDriver, Map<number | undefined, ExecutorGroup>>();
  readonly #members = new Set<Member>();
  readonly #starts = new Set<Promise<void>>();
  readonly #ends = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #idleTimer: NodeJS.Timeout;
  #lastId = 0;

  constructor(options: ExecutorPoolOptions) {
    this.#options = options;
    const { idleMs = IDLE_MS } = options;
    this.#idleTimer = setInterval(() => this.#closeIdle(idleMs), idleMs / 4);
    this.#idleTimer.unref();
  }

  members(): ExecutorMember[] {
    return [...this.#members].map(({ group, executor, calls }) => ({
      name: group.driver.name,
      pid: executor.pid,
      running: calls.size,
    }));
  }

  /** Runs calls one after another in one process. @param memory bytes that it may use; absent: no limit */
  run(driver: ExecutorDriver, memory: number | undefined, calls: PooledCall[]): void {
    const group = this.#groupOf(driver, memory);
    group.waiting.push(calls);
    this.#serve(group);
  }

  /** Tells a call to stop, and kills its process if it does not. */
  abort(call: PooledCall): void {
    for (const member of this.#members) {
      if (!member.calls.has(call)) continue;
      member.executor.abort(call);
      // A call that has not started is returned as soon as the process answers: the process must not be killed
      // for it.
      const patience = setInterval(() => {
        if (member.executor.current() === call) member.executor.kill();
      }, this.#options.graceMs ?? GRACE_MS);
      const settled = call.onSettled;
      call.onSettled = (until) => {
        clearInterval(patience);
        settled(until);
      };
      return;
    }
    for (const { waiting } of this.#allGroups()) {
      for (const batch of waiting) {
        const at = batch.indexOf(call);
        if (at < 0) continue;
        batch.splice(at, 1);
        call.returned();
        return;
      }
    }
  }

  /** The call that really runs in the process to which this one was handed, as far as is known. */
  current(call: PooledCall): ExecutorCall | undefined {
    for (const { calls, executor } of this.#members) if (calls.has(call)) return executor.current();
    return undefined;
  }

  /** Objects are gone from the worker: these, or all of the session. */
  dropped(session: number, objects?: Uint32Array): void {
    for (const { executor } of this.#members) executor.dropped(session, objects);
  }

  /** Ends all processes. Calls that are still under way fail. */
  async close(): Promise<void> {
    clearInterval(this.#idleTimer);
    this.#closing.abort(new RainError("CANCELLED", "the worker stops"));
    await Promise.all(this.#starts);
    for (const member of this.#members) this.#end(member);
    await Promise.all(this.#ends);
  }

  *#allGroups(): Generator<ExecutorGroup> {
    for (const groups of this.#groups.values()) yield* groups.values();
  }

  #groupOf(driver: ExecutorDriver, memory: number | undefined): ExecutorGroup {
    const groups = this.#groups.get(driver) ?? new Map<number | undefined, ExecutorGroup>();
    this.#groups.set(driver, groups);
    const group = groups.get(memory) ?? { driver, memory, waiting: [], starting: 0 };
    groups.set(memory, group);
    return group;
  }

  #serve(group: ExecutorGroup): void {
    for (const member of this.#members) {
      if (group.waiting.length === 0) break;
      if (member.group === group && member.calls.size === 0) this.#hand(member);
    }
    while (group.starting < group.waiting.length && !this.#closing.signal.aborted) {
      this.#makeRoom(group);
      group.starting++;
      const start = this.#start(group).finally(() => this.#starts.delete(start));
      this.#starts.add(start);
    }
  }

  #hand(member: Member): void {
    const calls = member.group.waiting.shift() ?? [];
    for (const call of calls) {
      member.calls.add(call);
      call.onSettled = (until) => this.#settled(member, call, until);
    }
    if (calls.length > 0) member.executor.run(calls);
  }

  #settled(member: Member, call: PooledCall, until?: Promise<void>): void {
    call.onSettled = nothing;
    if (until) {
      const stored = until.finally(() => member.storing.delete(stored));
      member.storing.add(stored);
    }
    member.calls.delete(call);
    member.proven = true;
    if (member.calls.size > 0 || !this.#members.has(member)) return;
    member.idleSince = performance.now();
    this.#serve(member.group);
  }

  /** Ends the process that has been idle the longest, if the maximum number of processes is reached. */
  #makeRoom(group: ExecutorGroup): void {
    let starting = 0;
    for (const other of this.#allGroups()) starting += other.starting;
    if (this.#members.size + starting < Math.max(1, Math.ceil(this.#options.cpus))) return;
    let oldest: Member | undefined;
    for (const member of this.#members) {
      if (member.calls.size > 0 || member.group === group) continue;
      if (!oldest || member.idleSince < oldest.idleSince) oldest = member;
    }
    if (oldest) this.#end(oldest);
  }

  async #start(group: ExecutorGroup): Promise<void> {
    const { directory, socketPath, log } = this.#options;
    const id = ++this.#lastId;
    const dir = join(directory, String(id));
    const { driver, memory } = group;
    try {
      await mkdir(dir);
      const { signal } = this.#closing;
      const executor = await driver.start({ id, dir, socket: socketPath(id), memory, log, signal });
      group.starting--;
      log.debug({ executor: driver.name, pid: executor.pid }, "an executor has started");
      const member: Member = {
        group,
        executor,
        calls: new Set(),
        storing: new Set(),
        proven: false,
        idleSince: performance.now(),
        gone: executor.exited.then((exit) => this.#gone(member, exit, dir)),
      };
      this.#members.add(member);
      this.#serve(group);
    } catch (error) {
      group.starting--;
      await this.#remove(dir);
      // The process was started for one batch. Another start would probably fail as well.
      for (const call of group.waiting.shift() ?? []) call.failed(RainError.from(error, "EXECUTOR_FAILED"));
    }
  }

  /** Fails the call that the process ran, and returns those that it had not started. */
  async #gone(member: Member, exit: Awaited<Executor["exited"]>, dir: string): Promise<void> {
    const { group, executor, calls, storing, proven } = member;
    this.#members.delete(member);
    const culprit = executor.current() ?? (proven ? undefined : calls.values().next().value);
    for (const call of calls) {
      call.onSettled();
      if (call === culprit) call.failed(diedError(group.driver.name, executor.pid, exit, group.memory));
      else call.returned();
    }
    calls.clear();
    this.#serve(group);
    await Promise.all(storing);
    await this.#remove(dir);
  }

  /** Ends a process, which gets no further calls. */
  #end(member: Member): void {
    this.#members.delete(member);
    const end = member.executor
      .close()
      .then(() => member.gone)
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }

  #closeIdle(idleMs: number): void {
    const now = performance.now();
    for (const member of this.#members) {
      if (member.calls.size === 0 && now - member.idleSince > idleMs) this.#end(member);
    }
  }

  async #remove(dir: string): Promise<void> {
    await removeFiles(dir).catch((error) =>
      this.#options.log.warn(`the directory of an executor was not removed: ${messageOf(error)}`),
    );
  }
}
