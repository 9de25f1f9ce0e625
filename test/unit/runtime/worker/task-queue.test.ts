import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type QueuedTask, TaskQueue } from "../../../../src/runtime/worker/task-queue.ts";

const SESSION = 1;

function task(id: number, options: { cpus?: number; inputs?: number[]; session?: number } = {}): QueuedTask {
  const { cpus = 1, inputs = [], session = SESSION } = options;
  return { session, id, cpus, inputs, missing: 0, state: "waiting" };
}

/** A queue, and the objects that are on the worker. */
function newQueue(cpus: number) {
  const present = new Set<number>();
  const queue = new TaskQueue<QueuedTask>(cpus, (_, object) => present.has(object));
  const arrive = (object: number) => {
    present.add(object);
    queue.arrived(SESSION, object);
  };
  return { queue, present, arrive };
}

/** Starts all that can start. */
function startAll(queue: TaskQueue<QueuedTask>): QueuedTask[] {
  const started: QueuedTask[] = [];
  for (let next = queue.next(); next; next = queue.next()) started.push(next);
  return started;
}

const ids = (tasks: QueuedTask[]) => tasks.map(({ id }) => id);

describe("what is ready", () => {
  test("a task without inputs, or with all of them here, starts at once", () => {
    const { queue, present } = newQueue(4);
    present.add(7);
    queue.assign(task(0));
    queue.assign(task(1, { inputs: [7] }));
    expect(ids(startAll(queue))).toEqual([0, 1]);
  });

  test("a task waits until the last of its inputs has come", () => {
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

  test("the arrival of what nobody waits for changes nothing", () => {
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

  test("a large task at the head holds up small ones behind it, and so gets its turn", () => {
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

describe("what is taken back", () => {
  test("retract gives back what has not started, and only that", () => {
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

  test("the end of a session takes its tasks away and leaves those of others", () => {
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

  test("a lost object takes out the tasks that wait for it, each once", () => {
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

describe("whatever happens in whatever order", () => {
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
        /** What the rules say is ready, in order. */
        let ready: number[] = [];
        const waiting = new Map<number, Set<number>>();
        let nextId = 0;
        const begin = () => {
          const started = queue.next();
          if (!started) return false;
          expect(started.id).toBe(ready.shift());
          running.push(started);
          expect(running.reduce((sum, { cpus }) => sum + cpus, 0)).toBeLessThanOrEqual(CPUS);
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
        // Whatever is ready starts once there is room.
        while (ready.length > 0) {
          for (const ended of running.splice(0)) queue.finished(ended);
          expect(begin()).toBe(true);
        }
      }),
    );
  });
});
