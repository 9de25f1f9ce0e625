import { ReadyList } from "./ready-list.ts";
import type { Needs, ResourcePool, Units } from "./resource-pool.ts";

/** What the queue needs to know of a task. Only the queue writes `missing`, `state` and `units`. */
export interface QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly needs: Needs;
  /** Ready tasks of a higher priority start first. */
  readonly priority: number;
  /** Numbers of objects. A number may occur several times. */
  readonly inputs: readonly number[];
  /** Inputs that are not on the worker yet. */
  missing: number;
  state: "waiting" | "ready" | "running" | "gone";
  /** Units of named resources that the task has while it runs. */
  units: Units | undefined;
  /** The running tasks that share its resources, itself included. Absent: it shares with none. */
  sharing: { tasks: number } | undefined;
}

interface SessionTasks<Task> {
  tasks: Map<number, Task>;
  /** Tasks by the missing object for which they wait, once for each input that is this object. */
  waiting: Map<number, Task[]>;
}

/**
 * The tasks of a worker: those that wait for inputs, those that are ready, and those that run within its
 * resources. Ready tasks start by priority, and in the order in which they became ready. The first ready task
 * for which there are too few cpus delays all others, so that large tasks do not starve. A ready task that
 * lacks another resource delays only the tasks that need the same one, so that tasks which wait for a GPU
 * leave the cpus to others. Pure: no I/O, no clock, no promise.
 */
export class TaskQueue<Task extends QueuedTask> {
  readonly #sessions = new Map<number, SessionTasks<Task>>();
  readonly #has: (session: number, object: number) => boolean;
  readonly #pool: ResourcePool;
  readonly #ready = new ReadyList<Task>();

  /** @param has answers whether an object is on this worker */
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

  /** An object has arrived: tasks that waited only for it become ready. */
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

  /** An object will not come: removes the tasks that wait for it, and answers them. */
  lost(session: number, object: number): Task[] {
    const tasks = this.#waitingFor(session, object);
    this.#sessions.get(session)?.waiting.delete(object);
    for (const task of tasks) this.#remove(task);
    return tasks;
  }

  awaits(session: number, object: number): boolean {
    return this.#waitingFor(session, object).length > 0;
  }

  /** Starts the next task that fits, if there is one. It has its resources until `finished`. */
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
   * Starts the next task within the resources of `owner`, a running task, if it needs just the same and
   * `fits`. The resources are free when all tasks that share them have finished.
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

  /** A running task has ended, in whatever way: its resources are free. A task that is gone is ignored. */
  finished(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    this.#remove(task);
  }

  /** A started task was not begun after all: it is the first to start again. */
  putBack(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    if (this.#sessions.get(task.session)?.tasks.has(task.id)) {
      task.state = "ready";
      this.#ready.addFirst(task);
    } else task.state = "gone";
  }

  /** Removes those of the tasks that have not started, and answers them. */
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

  /** Forgets all tasks that have not started. */
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

  /** Forgets a session. Its running tasks keep their resources until `finished`. */
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
    // A task that was aborted may have been assigned again before it ended.
    if (tasks?.get(task.id) === task) tasks.delete(task.id);
  }
}

function needsEqual(one: Needs, other: Needs): boolean {
  return one === other || (one.cpus === other.cpus && one.others.length === 0 && other.others.length === 0);
}
