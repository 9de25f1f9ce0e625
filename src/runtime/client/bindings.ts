import type { Fetching } from "./fetching.ts";
import type { Session } from "./session.ts";
import type { DataObject, ObjectBinding, Task, TaskBinding } from "./values.ts";

interface WaitOptions {
  signal?: AbortSignal;
}

/** A submitted object: its number in its session. */
export class BoundObject implements ObjectBinding {
  readonly session: Session;
  readonly number: number;

  constructor(session: Session, number: number) {
    this.session = session;
    this.number = number;
  }

  fetch(object: DataObject, options?: WaitOptions): Fetching {
    return this.session.fetch(object, options);
  }

  wait(object: DataObject, options?: WaitOptions): Promise<void> {
    return this.session.wait([object], options);
  }

  unkeep(object: DataObject): Promise<void> {
    return this.session.unkeep([object]);
  }
}

/** A submitted task: its number in its session. */
export class BoundTask implements TaskBinding {
  readonly session: Session;
  readonly number: number;

  constructor(session: Session, number: number) {
    this.session = session;
    this.number = number;
  }

  wait(task: Task, options?: WaitOptions): Promise<void> {
    return this.session.wait([task], options);
  }

  update(task: Task): Promise<void> {
    return this.session.update([task]);
  }
}
