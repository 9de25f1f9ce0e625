/** What the queue needs to know of a task. It alone writes `missing` and `state`. */
export interface QueuedTask {
  readonly session: number;
  readonly id: number;
  readonly cpus: number;
  /** Object numbers; one may occur several times. */
  readonly inputs: readonly number[];
  /** How many of `inputs` are not here yet. */
  missing: number;
  state: "waiting" | "ready" | "running" | "gone";
}

interface SessionTasks<Task> {
  tasks: Map<number, Task>;
  /** Per object that is not here: the tasks that wait for it, once for each time that they name it. */
  waiting: Map<number, Task[]>;
}

/** The list of ready tasks is cut when this many of them, and most of it, are done with. */
const COMPACT_AT = 1024;

/**
 * The tasks that a worker has: those that wait for inputs, those that are ready, in the order in which they became so,
 * and those that run within its cpus. The first ready task that does not fit holds up the others, so that large tasks do
 * not starve. Pure: no I/O, no clock, no promise.
 */
export class TaskQueue<Task extends QueuedTask> {
  readonly #sessions = new Map<number, SessionTasks<Task>>();
  readonly #has: (session: number, object: number) => boolean;
  #freeCpus: number;
  /** Ready tasks from `#head` on, with some in between that are gone since. */
  #ready: Task[] = [];
  #head = 0;

  /** `has` answers whether an object is on this worker. */
  constructor(cpus: number, has: (session: number, object: number) => boolean) {
    this.#freeCpus = cpus;
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

  /** Starts the next task, if there is one and it fits. Its cpus are taken until `finished`. */
  next(): Task | undefined {
    while (this.#head < this.#ready.length) {
      const task = this.#ready[this.#head];
      const isReady = task.state === "ready";
      if (isReady && task.cpus > this.#freeCpus) return undefined;
      this.#head++;
      this.#compact();
      if (!isReady) continue;
      task.state = "running";
      this.#freeCpus -= task.cpus;
      return task;
    }
    return undefined;
  }

  /** A running task has ended, in whatever way. Frees its cpus; says nothing to one that is gone. */
  finished(task: Task): void {
    if (task.state !== "running") return;
    this.#freeCpus += task.cpus;
    this.#remove(task);
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

  #makeReady(task: Task): void {
    task.state = "ready";
    this.#ready.push(task);
  }

  #remove(task: Task): void {
    task.state = "gone";
    this.#sessions.get(task.session)?.tasks.delete(task.id);
  }

  #compact(): void {
    if (this.#head < COMPACT_AT || this.#head * 2 < this.#ready.length) return;
    this.#ready = this.#ready.slice(this.#head);
    this.#head = 0;
  }
}
