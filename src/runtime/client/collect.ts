import { RainError } from "../errors.ts";
import { BoundTask } from "./bindings.ts";
import type { Session } from "./session.ts";
import { type DataObject, describe, Task } from "./values.ts";

/** What can be submitted. A constant goes along by itself where a task uses it. */
export type Submittable = Task | DataObject | readonly Submittable[];

/** What one submit adds to a session: each task after those that it depends on, and bound to its number already. */
export interface Collected {
  tasks: Task[];
  /** Constants that were named themselves. */
  constants: DataObject[];
}

/** Lists of lists are flattened to any depth; a type of unlimited depth is beyond the compiler. */
const DEEP = Number.POSITIVE_INFINITY as 1;

/**
 * Finds everything that the roots depend on and that its session does not have yet. Chains may be a million long, so it
 * keeps a stack of its own. On error nothing stays bound. @throws NOT_KEPT, USAGE for values of another session
 */
export function collect(session: Session, firstTask: number, roots: readonly Submittable[]): Collected {
  const collected: Collected = { tasks: [], constants: [] };
  try {
    for (const root of roots.flat(DEEP) as (Task | DataObject)[]) {
      if (root instanceof Task) collectTask(session, firstTask, root, collected.tasks);
      else if (root.producer) collectTask(session, firstTask, root.producer, collected.tasks);
      else if (root.binding) checkSession(session, root);
      else collected.constants.push(root);
    }
  } catch (error) {
    for (const task of collected.tasks) task.binding = undefined;
    throw error;
  }
  return collected;
}

function collectTask(session: Session, firstTask: number, root: Task, tasks: Task[]): void {
  if (root.binding) {
    checkSession(session, root);
    return;
  }
  /** The way from the root to the task in hand, and for each task on it the input to look at next. */
  const path = [root];
  const next = [0];
  while (path.length > 0) {
    const task = path[path.length - 1];
    const producer = firstMissing(session, firstTask, task, next);
    if (producer) {
      path.push(producer);
      next.push(0);
    } else {
      path.pop();
      next.pop();
      task.binding = new BoundTask(session, firstTask + tasks.length);
      tasks.push(task);
    }
  }
}

/** Checks inputs from where it stopped last, up to one whose task is to be collected first. */
function firstMissing(session: Session, firstTask: number, task: Task, next: number[]): Task | undefined {
  const top = next.length - 1;
  for (; next[top] < task.inputs.length; next[top]++) {
    const input = task.inputs[next[top]];
    const { producer } = input;
    if (producer && !producer.binding) return producer;
    const owner = producer ?? input;
    if (!owner.binding) continue;
    checkSession(session, owner);
    const isEarlier = producer?.binding ? producer.binding.number < firstTask : true;
    if (isEarlier && !input.kept) {
      throw new RainError(
        "NOT_KEPT",
        `${describe(input)} is an input of ${describe(task)}, but it is of an earlier submit and not kept`,
      );
    }
  }
  return undefined;
}

function checkSession(session: Session, value: Task | DataObject): void {
  if (session.owns(value)) return;
  throw new RainError("USAGE", `${describe(value)} belongs to another session`);
}
