/** The part of a task that determines its place in the list. */
interface Ready {
  /** Tasks of a higher priority come first. */
  readonly priority: number;
  readonly state: string;
}

interface Node<Task> {
  readonly task: Task;
  next: Node<Task> | undefined;
}

interface Level<Task> {
  readonly priority: number;
  first: Node<Task> | undefined;
  last: Node<Task> | undefined;
}

/**
 * Ready tasks, the highest priority first, and in order of insertion within a priority. Tasks that are no
 * longer ready are removed when `take` reaches them.
 */
export class ReadyList<Task extends Ready> {
  readonly #levels: Level<Task>[] = [];

  add(task: Task): void {
    const level = this.#level(task.priority);
    const node = { task, next: undefined };
    if (level.last) level.last.next = node;
    else level.first = node;
    level.last = node;
  }

  addFirst(task: Task): void {
    const level = this.#level(task.priority);
    level.first = { task, next: level.first };
    level.last ??= level.first;
  }

  /** Removes and returns the first task for which `choose` answers `take`. At `stop` the search ends. */
  take(choose: (task: Task) => "take" | "pass" | "stop"): Task | undefined {
    for (const level of this.#levels) {
      let before: Node<Task> | undefined;
      for (let node = level.first; node; node = node.next) {
        const choice = node.task.state === "ready" ? choose(node.task) : "drop";
        if (choice === "stop") return undefined;
        if (choice === "pass") {
          before = node;
          continue;
        }
        if (before) before.next = node.next;
        else level.first = node.next;
        if (!node.next) level.last = before;
        if (choice === "take") return node.task;
      }
    }
    return undefined;
  }

  #level(priority: number): Level<Task> {
    let at = 0;
    while (at < this.#levels.length && this.#levels[at].priority > priority) at++;
    if (this.#levels[at]?.priority !== priority) {
      this.#levels.splice(at, 0, { priority, first: undefined, last: undefined });
    }
    return this.#levels[at];
  }
}
