import { Rotation } from "./rotation.ts";

/** The queues of one priority queue with ready tasks of one priority: they take turns. */
export class PriorityLevel<Queue> extends Rotation<Queue> {
  readonly priorityQueue: PriorityQueue<Queue>;
  readonly priority: number;
  /** Queues that take turns here whenever they are not empty. */
  members = 0;

  constructor(priorityQueue: PriorityQueue<Queue>, priority: number) {
    super();
    this.priorityQueue = priorityQueue;
    this.priority = priority;
  }
}

/** Queues with ready tasks, those of the highest priority first. Priorities are few. */
export class PriorityQueue<Queue> {
  /** In all of its queues. */
  tasks = 0;
  /** The highest level with tasks. */
  top: PriorityLevel<Queue> | undefined = undefined;
  /** By falling priority. */
  readonly levels: PriorityLevel<Queue>[] = [];

  /** The level of this priority, for a queue to become its member. */
  join(priority: number): PriorityLevel<Queue> {
    let at = 0;
    while (at < this.levels.length && this.levels[at].priority > priority) at++;
    if (this.levels[at]?.priority !== priority) this.levels.splice(at, 0, new PriorityLevel(this, priority));
    const level = this.levels[at];
    level.members++;
    return level;
  }

  /** A member whose tasks do not count here any more leaves. */
  leave(level: PriorityLevel<Queue>): void {
    if (--level.members === 0) this.levels.splice(this.levels.indexOf(level), 1);
  }

  /** A level has got its first queue with tasks. */
  filled(level: PriorityLevel<Queue>): void {
    if (this.top === undefined || level.priority > this.top.priority) this.top = level;
  }

  /** A level has no more queues with tasks. */
  emptied(level: PriorityLevel<Queue>): void {
    if (level === this.top) this.top = this.levels.find(({ size }) => size > 0);
  }

  *[Symbol.iterator](): Iterator<Queue> {
    for (const level of this.levels) yield* level;
  }
}
