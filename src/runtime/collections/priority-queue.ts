import { Rotation } from "./rotation.ts";

/** The members of a priority queue that have one priority and are not empty. They take turns. */
export class PriorityLevel<Queue> extends Rotation<Queue> {
  readonly priorityQueue: PriorityQueue<Queue>;
  readonly priority: number;
  /** Members of this priority, the empty ones included. */
  members = 0;

  constructor(priorityQueue: PriorityQueue<Queue>, priority: number) {
    super();
    this.priorityQueue = priorityQueue;
    this.priority = priority;
  }
}

/** Queues by priority, the highest first. There are few priorities. */
export class PriorityQueue<Queue> {
  /** Tasks in all members. */
  tasks = 0;
  /** The highest level that has tasks. */
  top: PriorityLevel<Queue> | undefined = undefined;
  /** Sorted by priority, the highest first. */
  readonly levels: PriorityLevel<Queue>[] = [];

  /** Adds a member. Answers the level of its priority. */
  join(priority: number): PriorityLevel<Queue> {
    let at = 0;
    while (at < this.levels.length && this.levels[at].priority > priority) at++;
    if (this.levels[at]?.priority !== priority) this.levels.splice(at, 0, new PriorityLevel(this, priority));
    const level = this.levels[at];
    level.members++;
    return level;
  }

  /** Removes a member whose tasks are no longer counted here. */
  leave(level: PriorityLevel<Queue>): void {
    if (--level.members === 0) this.levels.splice(this.levels.indexOf(level), 1);
  }

  /** The first member of a level has got tasks. */
  filled(level: PriorityLevel<Queue>): void {
    if (this.top === undefined || level.priority > this.top.priority) this.top = level;
  }

  /** No member of a level has tasks any more. */
  emptied(level: PriorityLevel<Queue>): void {
    if (level === this.top) this.top = this.levels.find(({ size }) => size > 0);
  }

  *[Symbol.iterator](): Iterator<Queue> {
    for (const level of this.levels) yield* level;
  }
}
