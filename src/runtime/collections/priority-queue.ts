import { Rotation } from "./rotation.ts";

/** The queues with ready tasks of one priority in a priority queue. They take turns. */
export class PriorityLevel<Queue> extends Rotation<Queue> {
  readonly priorityQueue: PriorityQueue<Queue>;
  readonly priority: number;
  /** Number of queues that belong to this level, empty ones included. */
  members = 0;

  constructor(priorityQueue: PriorityQueue<Queue>, priority: number) {
    super();
    this.priorityQueue = priorityQueue;
    this.priority = priority;
  }
}

/** Queues with ready tasks, in order of falling priority. There are few different priorities. */
export class PriorityQueue<Queue> {
  /** Number of tasks in all of its queues. */
  tasks = 0;
  /** The level with the highest priority that has tasks. */
  top: PriorityLevel<Queue> | undefined = undefined;
  /** In order of falling priority. */
  readonly levels: PriorityLevel<Queue>[] = [];

  /** Adds a member to the level of this priority and returns that level. */
  join(priority: number): PriorityLevel<Queue> {
    let at = 0;
    while (at < this.levels.length && this.levels[at].priority > priority) at++;
    if (this.levels[at]?.priority !== priority) this.levels.splice(at, 0, new PriorityLevel(this, priority));
    const level = this.levels[at];
    level.members++;
    return level;
  }

  /** Removes a member from its level. Its tasks must not be counted here any more. */
  leave(level: PriorityLevel<Queue>): void {
    if (--level.members === 0) this.levels.splice(this.levels.indexOf(level), 1);
  }

  /** To be called when a level gets its first queue with tasks. */
  filled(level: PriorityLevel<Queue>): void {
    if (this.top === undefined || level.priority > this.top.priority) this.top = level;
  }

  /** To be called when the last queue of a level becomes empty. */
  emptied(level: PriorityLevel<Queue>): void {
    if (level === this.top) this.top = this.levels.find(({ size }) => size > 0);
  }

  *[Symbol.iterator](): Iterator<Queue> {
    for (const level of this.levels) yield* level;
  }
}
