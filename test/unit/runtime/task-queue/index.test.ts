import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Resources } from "../../../../src/runtime/protocol/messages/index.ts";
import { type QueuedTask, TaskQueue } from "../../../../src/runtime/task-queue/index.ts";
import {
  needsOf,
  ResourcePool,
  type WorkerResources,
} from "../../../../src/runtime/task-queue/resource-pool.ts";

const SESSION = 1;

interface Sketch extends Partial<Resources> {
  inputs?: number[];
  session?: number;
  priority?: number;
}

function task(id: number, options: Sketch = {}): QueuedTask {
  const { cpus = 1, inputs = [], session = SESSION, priority = 0, memory, named } = options;
  const needs = needsOf({ cpus, memory, named });
  return {
    session,
    id,
    needs,
    priority,
    inputs,
    missing: 0,
    state: "waiting",
    units: undefined,
    sharing: undefined,
  };
}

/** A queue and the objects on its worker. */
function newQueue(cpus: number, others: Partial<WorkerResources> = {}) {
  const present = new Set<number>();
  const pool = new ResourcePool({ cpus, named: {}, ...others });
  const queue = new TaskQueue<QueuedTask>(pool, (_, object) => present.has(object));
  const arrive = (object: number) => {
    present.add(object);
    queue.arrived(SESSION, object);
  };
  return { queue, present, arrive };
}

/** Starts all tasks that can start. */
function startAll(queue: TaskQueue<QueuedTask>): QueuedTask[] {
  const started: QueuedTask[] = [];
  for (let next = queue.next(); next; next = queue.next()) started.push(next);
  return started;
}

const ids = (tasks: QueuedTask[]) => tasks.map(({ id }) => id);

describe("ready tasks", () => {
  test("a task without inputs, or with all of them present, starts at once", () => {
    const { queue, present } = newQueue(4);
    present.add(7);
    queue.assign(task(0));
    queue.assign(task(1, { inputs: [7] }));
    expect(ids(startAll(queue))).toEqual([0, 1]);
  });

  test("a task waits until the last of its inputs has arrived", () => {
    const { queue, arrive } = newQueue(4);
    queue.assign(task(0, { inputs: [5, 6] }));
    arrive(5);
    expect(startAll(queue)).toEqual([]);
    arrive(6);
    expect(ids(startAll(queue))).toEqual([0]);
  });

  test("an input named twice is one object", () => {
    const { queue, arrive } = newQueue(1);
    queue.assign(task(0, { inputs: [5, 5] }));
    arrive(5);
    expect(ids(startAll(queue))).toEqual([0]);
  });

  test("tasks start in the order in which they became ready", () => {
    const { queue, arrive } = newQueue(10);
    queue.assign(task(0, { inputs: [5] }));
    queue.assign(task(1));
    queue.assign(task(2, { inputs: [6] }));
    arrive(6);
    arrive(5);
    expect(ids(startAll(queue))).toEqual([1, 2, 0]);
  });

  test("the arrival of an object that no task waits for changes nothing", () => {
    const { queue, arrive } = newQueue(1);
    arrive(5);
    expect(startAll(queue)).toEqual([]);
  });
});

describe("cpus", () => {
  test("no more run than there are cpus, and the next starts when one ends", () => {
    const { queue } = newQueue(2);
    for (let id = 0; id < 3; id++) queue.assign(task(id));
    const [first] = startAll(queue);
    expect(startAll(queue)).toEqual([]);
    queue.finished(first);
    expect(ids(startAll(queue))).toEqual([2]);
  });

  test("a large task at the head delays small ones behind it, and so gets its turn", () => {
    const { queue } = newQueue(2);
    queue.assign(task(0));
    queue.assign(task(1, { cpus: 2 }));
    queue.assign(task(2));
    const [first] = startAll(queue);
    expect(startAll(queue)).toEqual([]);
    queue.finished(first);
    expect(ids(startAll(queue))).toEqual([1]);
  });

  test("the end of a task counts once", () => {
    const { queue } = newQueue(1);
    for (let id = 0; id < 3; id++) queue.assign(task(id));
    const [first] = startAll(queue);
    queue.finished(first);
    queue.finished(first);
    expect(startAll(queue)).toHaveLength(1);
  });
});

describe("other resources", () => {
  const gpu = { named: { gpu: 1 } };

  test("no more run than there is memory, and units of a named resource belong to one task at a time", () => {
    const { queue } = newQueue(9, { memory: 10, named: { gpu: [3, 5] } });
    queue.assign(task(0, { memory: 6 }));
    queue.assign(task(1, { memory: 6 }));
    for (const id of [2, 3, 4]) queue.assign(task(id, gpu));
    const [first, second, third] = startAll(queue);
    expect([first.id, second.id, third.id]).toEqual([0, 2, 3]);
    expect([first.units, second.units, third.units]).toEqual([{}, { gpu: [3] }, { gpu: [5] }]);
    queue.finished(third);
    expect(startAll(queue)).toMatchObject([{ id: 4, units: { gpu: [5] } }]);
    queue.finished(first);
    expect(ids(startAll(queue))).toEqual([1]);
  });

  test("a task that lacks one delays those that need the same, and no others", () => {
    const { queue } = newQueue(9, { memory: 10, named: { gpu: [0, 1] } });
    queue.assign(task(0, gpu));
    queue.assign(task(1, { named: { gpu: 2 } }));
    queue.assign(task(2, gpu));
    queue.assign(task(3, { memory: 10 }));
    queue.assign(task(4, { cpus: 2 }));
    const [first] = startAll(queue);
    queue.finished(first);
    expect(ids(startAll(queue))).toEqual([1]);
  });

  test("a task that lacks one does not keep the cpus that it needs from others", () => {
    const { queue } = newQueue(2, { named: { gpu: [0] } });
    queue.assign(task(0, gpu));
    queue.assign(task(1, { cpus: 2, ...gpu }));
    for (const id of [2, 3]) queue.assign(task(id));
    const [first, second] = startAll(queue);
    expect([first.id, second.id]).toEqual([0, 2]);
    queue.finished(first);
    expect(startAll(queue), "now it is short of cpus only").toEqual([]);
    queue.finished(second);
    expect(ids(startAll(queue))).toEqual([1]);
  });

  test("a resource that the worker does not have at all is reported", () => {
    const pool = new ResourcePool({ cpus: 2, memory: 5, named: { gpu: [0] } });
    const shortage = (resources: Partial<Resources>) => pool.shortage(needsOf({ cpus: 1, ...resources }));
    expect(shortage({ memory: 5, named: { gpu: 1, none: 0 } })).toBeUndefined();
    expect(shortage({ cpus: 3 })).toBe("it needs 3 cpus, the worker has 2");
    expect(shortage({ memory: 6 })).toBe("it needs 6 of memory, the worker has 5");
    expect(shortage({ named: { toString: 1 } })).toBe("it needs 1 of toString, the worker has 0");
  });
});

describe("priority", () => {
  test("takes precedence over the order in which tasks became ready", () => {
    const { queue } = newQueue(9);
    for (const [id, priority] of [0, -1, 2, 0, 2].entries()) queue.assign(task(id, { priority }));
    expect(ids(startAll(queue))).toEqual([2, 4, 0, 3, 1]);
  });

  test("a large task of a high priority delays small ones of a low one", () => {
    const { queue } = newQueue(2);
    queue.assign(task(0));
    startAll(queue);
    queue.assign(task(1));
    queue.assign(task(2, { cpus: 2, priority: 1 }));
    expect(startAll(queue)).toEqual([]);
  });
});

describe("tasks that are removed", () => {
  test("retract removes tasks that have not started, and no others", () => {
    const { queue } = newQueue(1);
    queue.assign(task(0));
    queue.assign(task(1));
    queue.assign(task(2, { inputs: [5] }));
    startAll(queue);
    expect([...queue.retract(SESSION, [0, 1, 2, 99])]).toEqual([1, 2]);
  });

  test("a task that was given back does not start, unless it is assigned again", () => {
    const { queue, arrive } = newQueue(2);
    queue.assign(task(0));
    queue.assign(task(1, { inputs: [5] }));
    queue.retract(SESSION, [0, 1]);
    arrive(5);
    expect(startAll(queue)).toEqual([]);
    queue.assign(task(1, { inputs: [5] }));
    expect(ids(startAll(queue))).toEqual([1]);
  });

  test("the end of a session removes its tasks and leaves those of others", () => {
    const { queue } = newQueue(1);
    queue.assign(task(0));
    queue.assign(task(1));
    queue.assign(task(2, { session: 2 }));
    const [running] = startAll(queue);
    queue.endSession(SESSION);
    expect(startAll(queue), "the running task keeps its cpus until it ends").toEqual([]);
    queue.finished(running);
    expect(ids(startAll(queue))).toEqual([2]);
  });

  test("an object that is gone removes all tasks that have not started and need it", () => {
    const { queue, arrive } = newQueue(1);
    arrive(5);
    for (const [id, inputs] of [[5], [5, 6], [5], []].entries()) queue.assign(task(id, { inputs }));
    expect(queue.next()?.id).toBe(0);
    expect(ids(queue.withdraw(SESSION, 5))).toEqual([2]);
    expect(ids(queue.withdraw(SESSION, 6))).toEqual([1]);
  });

  test("a lost object removes the tasks that wait for it, each once", () => {
    const { queue, arrive } = newQueue(4);
    queue.assign(task(0, { inputs: [5, 5, 6] }));
    queue.assign(task(1, { inputs: [6] }));
    expect(queue.awaits(SESSION, 5)).toBe(true);
    expect(ids(queue.lost(SESSION, 5))).toEqual([0]);
    expect(queue.awaits(SESSION, 5)).toBe(false);
    arrive(6);
    expect(ids(startAll(queue))).toEqual([1]);
  });
});

describe("any sequence of operations", () => {
  const CPUS = 3;
  const OBJECTS = 6;
  const step = fc.oneof(
    fc.record({
      do: fc.constant("assign" as const),
      cpus: fc.integer({ min: 1, max: CPUS }),
      inputs: fc.array(fc.nat(OBJECTS - 1), { maxLength: 3 }),
    }),
    fc.record({ do: fc.constantFrom("arrive" as const, "lose" as const), object: fc.nat(OBJECTS - 1) }),
    fc.record({
      do: fc.constantFrom("start" as const, "finish" as const, "retract" as const),
      pick: fc.nat(100),
    }),
  );

  test("cpus are never exceeded, no task is lost or doubled, ready tasks keep their order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { queue, present, arrive } = newQueue(CPUS);
        const running: QueuedTask[] = [];
        /** The tasks that should be ready, in order. */
        let ready: number[] = [];
        const waiting = new Map<number, Set<number>>();
        let nextId = 0;
        const begin = () => {
          const started = queue.next();
          if (!started) return false;
          expect(started.id).toBe(ready.shift());
          running.push(started);
          expect(running.reduce((sum, { needs }) => sum + needs.cpus, 0)).toBeLessThanOrEqual(CPUS);
          return true;
        };
        for (const action of steps) {
          if (action.do === "assign") {
            const id = nextId++;
            queue.assign(task(id, action));
            const missing = new Set(action.inputs.filter((object) => !present.has(object)));
            if (missing.size === 0) ready.push(id);
            else waiting.set(id, missing);
          } else if (action.do === "arrive") {
            arrive(action.object);
            for (const [id, missing] of waiting) {
              if (!missing.delete(action.object) || missing.size > 0) continue;
              waiting.delete(id);
              ready.push(id);
            }
          } else if (action.do === "lose") {
            const expected = [...waiting]
              .filter(([, missing]) => missing.has(action.object))
              .map(([id]) => id);
            expect(ids(queue.lost(SESSION, action.object))).toEqual(expected);
            for (const id of expected) waiting.delete(id);
          } else if (action.do === "start") {
            begin();
          } else if (action.do === "finish" && running.length > 0) {
            queue.finished(running.splice(action.pick % running.length, 1)[0]);
          } else if (action.do === "retract" && nextId > 0) {
            const id = action.pick % nextId;
            const isHeld = ready.includes(id) || waiting.has(id);
            expect([...queue.retract(SESSION, [id])]).toEqual(isHeld ? [id] : []);
            ready = ready.filter((other) => other !== id);
            waiting.delete(id);
          }
        }
        // Every ready task starts once its resources are free.
        while (ready.length > 0) {
          for (const ended of running.splice(0)) queue.finished(ended);
          expect(begin()).toBe(true);
        }
      }),
    );
  });
});

describe("tasks that share the resources of one", () => {
  /** A queue of one cpu in which task 0 runs and `count` others are ready. */
  function sharing(others: QueuedTask[], cpus = 1) {
    const { queue } = newQueue(cpus);
    const owner = task(0);
    queue.assign(owner);
    for (const other of others) queue.assign(other);
    expect(queue.next()).toBe(owner);
    return { queue, owner };
  }
  const any = () => true;

  test("run beyond what the worker has, and free its resources once all have finished", () => {
    const [second, third, last] = [task(1), task(2), task(3)];
    const { queue, owner } = sharing([second, third, last]);
    expect(queue.nextWithin(owner, any)).toBe(second);
    expect(queue.nextWithin(owner, any)).toBe(third);
    for (const each of [second, owner]) {
      queue.finished(each);
      expect(queue.next()).toBeUndefined();
    }
    queue.finished(third);
    expect(queue.next()).toBe(last);
  });

  test("are those first in line that need the same, and that fit", () => {
    const { queue, owner } = sharing([task(1, { cpus: 2 }), task(2)], 2);
    expect(queue.nextWithin(owner, any)).toBeUndefined();
    const other = sharing([task(1), task(2)]);
    expect(other.queue.nextWithin(other.owner, ({ id }) => id === 2)).toBeUndefined();
  });

  test("go back to the head of the line when they have not begun", () => {
    const [second, third] = [task(1), task(2)];
    const { queue, owner } = sharing([second, third]);
    queue.nextWithin(owner, any);
    queue.putBack(second);
    expect(second.state).toBe("ready");
    queue.finished(owner);
    expect(queue.next()).toBe(second);
    queue.finished(second);
    expect(queue.next()).toBe(third);
  });

  test("do not go back to a session that has ended", () => {
    const second = task(1);
    const { queue, owner } = sharing([second]);
    queue.nextWithin(owner, any);
    queue.endSession(SESSION);
    queue.putBack(second);
    queue.finished(owner);
    expect(queue.next()).toBeUndefined();
  });

  test("may be retracted by the server once they are ready again", () => {
    const { queue, owner } = sharing([]);
    queue.putBack(owner);
    expect([...queue.retract(SESSION, [0])]).toEqual([0]);
    expect(queue.next()).toBeUndefined();
  });
});
