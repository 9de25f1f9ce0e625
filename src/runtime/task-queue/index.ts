/* The task queue of a worker: which of its tasks starts next, and with which resources. Also used by dry runs. */

import { ReadyList } from "./ready-list.ts";
import type { Needs, ResourcePool, Units } from "./resource-pool.ts";

/** The part of a task that the queue uses. Only the queue writes `missing`, `state`, `units` and `sharing`. */
export interface QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly needs: Needs;
  /** Tasks of a higher priority start earlier. */
  readonly priority: number;
  /** Object numbers. A number may occur several times. */
  readonly inputs: readonly number[];
  /** Number of `inputs` that are not on this worker yet. */
  missing: number;
  state: "waiting" | "ready" | "running" | "removed";
  /** The units of named resources that it uses while it runs. */
  units: Units | undefined;
  /** Number of running tasks, itself included, that share its resources. Absent if it shares with none. */
  sharing: { tasks: number } | undefined;
}

interface SessionTasks<Task> {
  tasks: Map<number, Task>;
  /**
   * The tasks that wait for each missing object. A task is listed once for each time that it names the
   * object.
   */
  waiting: Map<number, Task[]>;
}

/**
 * The tasks of a worker: waiting for inputs, ready, and running within the resources. Ready tasks start by
 * priority, then in the order in which they became ready. If there are too few cpus for the first ready task,
 * no other task starts before it. If another resource is lacking, later tasks that need the same resource
 * have to wait. This keeps small tasks from starving large ones, and a task that waits for a gpu from
 * blocking the cpus. Pure: no I/O, no clock, no promises.
 */
export class TaskQueue<Task extends QueuedTask> {
  readonly #sessions = new Map<number, SessionTasks<Task>>();
  readonly #has: (session: number, object: number) => boolean;
  readonly #pool: ResourcePool;
  readonly #ready = new ReadyList<Task>();

  /** `has` tells whether an object is on this worker. */
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

  /** The object has arrived: tasks that waited only for it become ready. */
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

  /** The object will not arrive: removes the tasks that wait for it and returns them. */
  lost(session: number, object: number): Task[] {
    const tasks = this.#waitingFor(session, object);
    this.#sessions.get(session)?.waiting.delete(object);
    for (const task of tasks) this.#remove(task);
    return tasks;
  }

  /** The object is gone: removes all tasks that have not started and need it, and returns them. */
  withdraw(session: number, object: number): Task[] {
    const tasks = this.#sessions.get(session)?.tasks.values() ?? [];
    const ready = [...tasks].filter(({ state, inputs }) => state === "ready" && inputs.includes(object));
    for (const task of ready) this.#remove(task);
    return [...ready, ...this.lost(session, object)];
  }

  awaits(session: number, object: number): boolean {
    return this.#waitingFor(session, object).length > 0;
  }

  /** Starts the next task, if there is one and its resources are free. They stay in use until `finished`. */
  next(): Task | undefined {
    let blocked: Set<string> | undefined;
    const task = this.#ready.take(({ needs }) => {
      const lacking = needs.others.find(
        ([resource, amount]) => blocked?.has(resource) || !this.#pool.has(resource, amount),
      );
      if (lacking) {
        blocked ??= new Set();
        blocked.add(lacking[0]);
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
   * Starts the next task within the resources of the running task `owner`, if its needs are equal and `fits`
   * accepts it. The resources become free once all tasks that share them have finished.
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

  /**
   * A running task has ended, successfully or not: frees its resources. Does nothing for a task that is not
   * running.
   */
  finished(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    this.#remove(task);
  }

  /** A started task has not begun after all: puts it back to the head of the ready tasks. */
  putBack(task: Task): void {
    if (task.state !== "running") return;
    this.#free(task);
    if (this.#sessions.get(task.session)?.tasks.has(task.id)) {
      task.state = "ready";
      this.#ready.addFirst(task);
    } else task.state = "removed";
  }

  /** Removes those of the tasks that have not started, and returns their numbers. */
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

  /** Removes all tasks that have not started. */
  discardWaiting(): void {
    for (const { tasks, waiting } of this.#sessions.values()) {
      for (const task of tasks.values()) if (task.state !== "running") this.#remove(task);
      waiting.clear();
    }
  }

  /** Numbers of the running tasks of a session. */
  running(id: number): Uint32Array {
    const tasks = [...(this.#sessions.get(id)?.tasks.values() ?? [])];
    return Uint32Array.from(
      tasks.filter(({ state }) => state === "running"),
      (task) => task.id,
    );
  }

  /** Removes the session. Its running tasks keep their resources until `finished`. */
  endSession(id: number): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    this.#sessions.delete(id);
    for (const task of session.tasks.values()) if (task.state !== "running") task.state = "removed";
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
    task.state = "removed";
    const tasks = this.#sessions.get(task.session)?.tasks;
    // An aborted task may have been assigned again before its run ended.
    if (tasks?.get(task.id) === task) tasks.delete(task.id);
  }
}

function needsEqual(one: Needs, other: Needs): boolean {
  return one === other || (one.cpus === other.cpus && one.others.length === 0 && other.others.length === 0);
}
