import { ReadyList } from "./ready-list.ts";
import type { Needs, ResourcePool, Units } from "./resource-pool.ts";

/** What the queue needs to know of a task. It alone writes `missing`, `state` and `units`. */
export interface QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly needs: Needs;
  /** The higher, the earlier. */
  readonly priority: number;
  /** Object numbers; one may occur several times. */
  readonly inputs: readonly number[];
  /** How many of `inputs` are not here yet. */
  missing: number;
  state: "waiting" | "ready" | "running" | "gone";
  /** What it has of named resources while it runs. */
  units: Units | undefined;
  /** How many running tasks have its resources together, itself among them; absent: it alone. */
  sharing: { tasks: number } | undefined;
}

interface SessionTasks<Task> {
  tasks: Map<number, Task>;
  /** Per object that is not here: the tasks that wait for it, once for each time that they name it. */
  waiting: Map<number, Task[]>;
}

/**
 * The tasks that a worker has: those that wait for inputs, those that are ready, by priority and in the order in which they
 * became so, and those that run within its resources. The first ready task for which there are too few cpus holds up all
 * others, and one that lacks something else holds up those that need the same: so large tasks do not starve, and what waits
 * for a gpu leaves the cpus to others. Pure: no I/O, no clock, no promise.
 */
export class TaskQueue<Task extends QueuedTask> {
  readonly #sessions = new Map<number, SessionTasks<Task>>();
  readonly #has: (session: number, object: number) => boolean;
  readonly #pool: ResourcePool;
  readonly #ready = new ReadyList<Task>();

  /** `has` answers whether an object is on this worker. */
  constructor(pool: ResourcePool, has: (session: number, object: number) => boolean) {
    this.#pool = pool;
    this.#has = has;
  }

  assign(task: Task): void {
    const session = this.#session(task.session);
    session.tasks.set(task.id, task);
    for (const object of task.inputs) {
      if (this.#has(task.session, object)) continue;
      task.missing++;
      const waiting = session.waiting.get(object);
      if (waiting) waiting.push(task);
      else session.waiting.set(object, [task]);
    }
    if (task.missing === 0) this.#makeReady(task);
  }

  /** The object is here: what waited only for it becomes ready. */
  arrived(session: number, object: number): void {
    const waiting = this.#sessions.get(session)?.waiting;
    const tasks = waiting?.get(object);
    if (!tasks) return;
    waiting?.delete(object);
    for (const task of tasks) {
      task.missing--;
      if (task.missing === 0 && task.state === "waiting") this.#makeReady(task);
    }
  }

  /** The object will not come: takes out the tasks that wait for it, and answers them. */
  lost(session: number, object: number): Task[] {
    const tasks = this.#waitingFor(session, object);
    this.#sessions.get(session)?.waiting.delete(object);
    for (const task of tasks) this.#remove(task);
    return tasks;
  }

  awaits(session: number, object: number): boolean {
    return this.#waitingFor(session, object).length > 0;
  }

  /** Starts the next task, if there is one and it fits. Its resources are taken until `finished`. */
  next(): Task | undefined {
    let heldUp: Set<string> | undefined;
    const task = this.#ready.take(({ needs }) => {
      const lacking = needs.others.find(
        ([resource, amount]) => heldUp?.has(resource) || !this.#pool.has(resource, amount),
      );
      if (lacking) {
        heldUp ??= new Set();
        heldUp.add(lacking[0]);
        return "pass";
      }
      return this.#pool.hasCpus(needs.cpus) ? "take" : "stop";
    });
    if (!task) return undefined;
    task.state = "running";
    task.units = this.#pool.take(task.needs);
    return task;
  }

  /**
   * Starts the next task within the resources of `owner`, which runs, if it needs just the same and is one that `fits`. They
   * are free once all that share them have finished.
   */
  nextWithin(owner: Task, fits: (task: Task) => boolean): Task | undefined {
    const task = this.#ready.take((next) =>
      needsEqual(next.needs, owner.needs) && fits(next) ? "take" : "stop",
    );
    if (!task) return undefined;
    owner.sharing ??= { tasks: 1 };
    owner.sharing.tasks++;
    task.sharing = owner.sharing;
    task.state = "running";
    task.units = owner.units;
    return task;
  }

  /** A running task has ended, in whatever way. Frees its resources; says nothing to one that is gone. */
  finished(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    this.#remove(task);
  }

  /** A task that was started has not begun: it is the first to start again. */
  putBack(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    if (this.#sessions.get(task.session)?.tasks.has(task.id)) {
      task.state = "ready";
      this.#ready.addFirst(task);
    } else task.state = "gone";
  }

  /** Gives back those of the tasks that have not started. */
  retract(session: number, ids: Iterable<number>): Uint32Array {
    const tasks = this.#sessions.get(session)?.tasks;
    const returned: number[] = [];
    for (const id of ids) {
      const task = tasks?.get(id);
      if (!task || task.state === "running") continue;
      this.#remove(task);
      returned.push(id);
    }
    return Uint32Array.from(returned);
  }

  /** Forgets all that has not started. */
  discardWaiting(): void {
    for (const { tasks, waiting } of this.#sessions.values()) {
      for (const task of tasks.values()) if (task.state !== "running") this.#remove(task);
      waiting.clear();
    }
  }

  /** The tasks of a session that run. */
  running(id: number): Uint32Array {
    const tasks = [...(this.#sessions.get(id)?.tasks.values() ?? [])];
    return Uint32Array.from(
      tasks.filter(({ state }) => state === "running"),
      (task) => task.id,
    );
  }

  /** Forgets the session. Its running tasks keep their cpus until `finished`. */
  endSession(id: number): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    this.#sessions.delete(id);
    for (const task of session.tasks.values()) if (task.state !== "running") task.state = "gone";
  }

  #session(id: number): SessionTasks<Task> {
    let session = this.#sessions.get(id);
    if (!session) {
      session = { tasks: new Map(), waiting: new Map() };
      this.#sessions.set(id, session);
    }
    return session;
  }

  #waitingFor(session: number, object: number): Task[] {
    const tasks = this.#sessions.get(session)?.waiting.get(object) ?? [];
    return [...new Set(tasks)].filter((task) => task.state === "waiting");
  }

  #free(task: Task): void {
    const { sharing, units = {} } = task;
    task.sharing = undefined;
    task.units = undefined;
    if (sharing && --sharing.tasks > 0) return;
    this.#pool.give(task.needs, units);
  }

  #makeReady(task: Task): void {
    task.state = "ready";
    this.#ready.add(task);
  }

  #remove(task: Task): void {
    task.state = "gone";
    const tasks = this.#sessions.get(task.session)?.tasks;
    // One that was aborted may have been assigned again before it ended.
    if (tasks?.get(task.id) === task) tasks.delete(task.id);
  }
}

function needsEqual(one: Needs, other: Needs): boolean {
  return one === other || (one.cpus === other.cpus && one.others.length === 0 && other.others.length === 0);
}
