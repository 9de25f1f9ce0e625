import { RainError } from "../../errors.ts";
import { type DataObject, describe, type Owner, Task } from "../graph/values.ts";

/** Values that can be submitted. Constants that tasks use are submitted with them. */
export type Submittable = Task | DataObject | readonly Submittable[];

/**
 * The tasks and constants that one submit adds to a session. Tasks are numbered and follow the tasks that
 * they depend on.
 */
export interface Collected {
  /** Number of the first task. */
  firstTask: number;
  tasks: Task[];
  /** Constants that were passed to submit directly. */
  constants: DataObject[];
}

/**
 * Finds everything that the roots depend on and that the session does not have yet. On error, no value keeps
 * a number.
 * @param owner the session
 * @throws NOT_KEPT, USAGE for values of another session
 */
export function collect(owner: Owner, firstTask: number, roots: readonly Submittable[]): Collected {
  const collector = new Collector(owner, firstTask);
  try {
    collector.addAll(roots);
  } catch (error) {
    for (const task of collector.tasks) task.session = task.number = undefined;
    throw error;
  }
  return collector;
}

class Collector implements Collected {
  readonly tasks: Task[] = [];
  readonly constants: DataObject[] = [];
  readonly firstTask: number;
  readonly #owner: Owner;
  /** Path from a root to the current task. Not the call stack, since a chain may have a million tasks. */
  readonly #path: Task[] = [];
  /** The next input to visit of each task on the path. */
  readonly #next: number[] = [];

  constructor(owner: Owner, firstTask: number) {
    this.#owner = owner;
    this.firstTask = firstTask;
  }

  addAll(roots: readonly Submittable[]): void {
    for (const root of roots) {
      if (root instanceof Task) this.#addTask(root);
      else if (isList(root)) this.addAll(root);
      else if (root.producer) this.#addTask(root.producer);
      else if (root.session) this.#checkSession(root);
      else this.constants.push(root);
    }
  }

  #addTask(root: Task): void {
    if (root.session) {
      this.#checkSession(root);
      return;
    }
    this.#enter(root);
    for (let task = this.#path.at(-1); task !== undefined; task = this.#path.at(-1)) {
      const producer = this.#firstMissing(task);
      if (producer) {
        this.#enter(producer);
        continue;
      }
      this.#path.pop();
      this.#next.pop();
      task.session = this.#owner;
      task.number = this.firstTask + this.tasks.length;
      this.tasks.push(task);
    }
  }

  #enter(task: Task): void {
    this.#path.push(task);
    this.#next.push(0);
  }

  /** Checks further inputs. Stops at one whose task must be collected first, and returns the task. */
  #firstMissing(task: Task): Task | undefined {
    const { inputs } = task;
    const top = this.#next.length - 1;
    for (let i = this.#next[top] ?? 0; i < inputs.length; i++) {
      const input = inputs[i];
      if (input === undefined) break;
      const { producer } = input;
      const owner = producer ?? input;
      if (owner.session === undefined) {
        if (!producer) continue;
        this.#next[top] = i;
        return producer;
      }
      this.#checkSession(owner);
      const isEarlier = producer?.number === undefined || producer.number < this.firstTask;
      if (isEarlier && !input.kept) {
        throw new RainError(
          "NOT_KEPT",
          `${describe(input)} is an input of ${describe(task)}, but it was submitted earlier and is not kept`,
        );
      }
    }
    return undefined;
  }

  #checkSession(value: Task | DataObject): void {
    if (value.session === this.#owner) return;
    throw new RainError("USAGE", `${describe(value)} belongs to another session`);
  }
}

function isList(root: Submittable): root is readonly Submittable[] {
  return Array.isArray(root);
}
