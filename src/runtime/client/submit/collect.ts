import { RainError } from "../../errors.ts";
import { misuse, wrongArgument } from "../check/misuse.ts";
import { type Binding, DataObject, describe, type Owner, Task } from "../graph/values.ts";

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
  /** Where constants that are sent again were before. Packing fills it. */
  rebound: Map<DataObject, Binding>;
}

/** Lists nested deeper contain themselves, or are a mistake. */
const MAX_DEPTH = 100;

/**
 * Finds everything that the roots depend on and that the session does not have yet. On error, no value keeps
 * a number.
 * @param owner the session
 * @param call the function that got the roots, for messages
 * @throws NOT_KEPT, USAGE for values of another session
 */
export function collect(
  owner: Owner,
  firstTask: number,
  roots: readonly Submittable[],
  call = "session.submit",
): Collected {
  const collector = new Collector(owner, firstTask, call);
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
  readonly rebound = new Map<DataObject, Binding>();
  readonly firstTask: number;
  readonly #call: string;
  readonly #owner: Owner;
  /** Path from a root to the current task. Not the call stack, since a chain may have a million tasks. */
  readonly #path: Task[] = [];
  /** The next input to visit of each task on the path. */
  readonly #next: number[] = [];

  constructor(owner: Owner, firstTask: number, call: string) {
    this.#owner = owner;
    this.#call = call;
    this.firstTask = firstTask;
  }

  addAll(roots: readonly Submittable[], argument = "values", depth = 0): void {
    if (depth > MAX_DEPTH)
      throw misuse(`${this.#call}: values: a list contains itself, or is nested more than ${MAX_DEPTH} deep`);
    for (let i = 0; i < roots.length; i++) {
      const root: unknown = roots[i];
      if (root instanceof Task) this.#addTask(root);
      else if (Array.isArray(root)) this.addAll(root, `${argument}[${i}]`, depth + 1);
      else if (root instanceof DataObject) this.#addObject(root);
      else {
        const place = `${argument}[${i}]`;
        throw wrongArgument(this.#call, place, "a task, a data object or a list of these", root);
      }
    }
  }

  #addObject(object: DataObject): void {
    if (object.producer) this.#addTask(object.producer);
    else if (!object.source) this.#checkSession(object);
    else if (!object.bindingIn(this.#owner)) this.constants.push(object);
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
      // Packing sends a constant again if the session no longer has it.
      if (input.source) continue;
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
    return this.#firstMissingNeed(task);
  }

  #firstMissingNeed(task: Task): Task | undefined {
    const { inputs, needs } = task;
    const top = this.#next.length - 1;
    for (let i = Math.max(0, (this.#next[top] ?? 0) - inputs.length); i < needs.length; i++) {
      const needed: unknown = needs[i];
      if (!(needed instanceof Task))
        throw wrongArgument(this.#call, `needs[${i}] of ${describe(task)}`, "a task", needed);
      if (needed.session !== undefined) {
        this.#checkSession(needed);
        continue;
      }
      this.#next[top] = inputs.length + i;
      return needed;
    }
    return undefined;
  }

  #checkSession(value: Task | DataObject): void {
    if (value.session === this.#owner) return;
    throw misuse(`${describe(value)} belongs to another session`, {
      hint: "A task runs in one session. Fetch its result, and pass that on as a constant.",
    });
  }
}
