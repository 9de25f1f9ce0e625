import type { PriorityQueue } from "../../collections/priority-queue.ts";
import { READY } from "../../model/task-states.ts";
import { kindOf } from "../data/graph.ts";
import { fits } from "../data/requirements.ts";
import {
  type CoreState,
  IDLE,
  NEARLY_IDLE,
  type Profile,
  type ReadyQueue,
  type ResourceQueue,
  type Session,
  type TaskClass,
  UNSATURATED,
} from "../data/state.ts";
import { workerQueueOf } from "../queues/resource-queues.ts";
import { expect } from "./expect.ts";

/** The queues of a session hold exactly its ready tasks, each once. */
export function checkQueues(state: CoreState, session: Session): void {
  const { id, graph } = session;
  const queued = new Set<number>();
  for (const [number, taskClass] of session.classes.entries()) {
    checkFits(state, taskClass);
    for (const queue of [taskClass.shared, ...taskClass.own.values()]) {
      for (const task of queue.tasks.toArray()) {
        expect(!queued.has(task), `task ${task} of session ${id} is queued twice`);
        expect(graph.taskState[task] === READY, `task ${task} of session ${id} is queued and not ready`);
        expect(kindOf(graph, task).class === number, `task ${task} of session ${id} is in a wrong queue`);
        queued.add(task);
      }
      checkTurns(queue);
    }
  }
  const ready = graph.taskState
    .subarray(0, graph.taskCount)
    .filter((taskState) => taskState === READY).length;
  expect(queued.size === ready, `session ${id} has ${ready} ready tasks but ${queued.size} in queues`);
}

/** No unsaturated worker is left out while tasks are ready for it. */
export function checkProfile(state: CoreState, profile: Profile): void {
  const members = state.workers.filter((worker) => worker?.profile === profile);
  expect(members.length === profile.workers, `profile ${profile.key} counts ${profile.workers} workers`);
  expect(profile.workers > 0, `profile ${profile.key} has no workers`);
  for (const [index, resourceQueue] of profile.resourceQueues.entries()) {
    expect(resourceQueue.index === index, `a resourceQueue of profile ${profile.key} has a wrong number`);
    checkPriorityQueue(resourceQueue.shared, "a shared priorityQueue");
    checkPriorityQueue(resourceQueue.stealable, "a stealable priorityQueue");
    checkByLoad(resourceQueue, members);
  }
}

function checkByLoad(resourceQueue: ResourceQueue, members: readonly unknown[]): void {
  for (const load of [IDLE, NEARLY_IDLE, UNSATURATED] as const) {
    for (const worker of resourceQueue.byLoad[load]) {
      expect(members.includes(worker), `worker ${worker.slot} is listed and gone`);
      const workerQueue = worker.queues[resourceQueue.index];
      expect(workerQueue.load === load, `worker ${worker.slot} is listed by a wrong load`);
      expect(resourceQueue.shared.tasks === 0, `worker ${worker.slot} wants tasks, and there are some`);
    }
  }
}

/** A priority queue lists each of its queues that is not empty, by priority, and counts their tasks. */
export function checkPriorityQueue(priorityQueue: PriorityQueue<ReadyQueue>, name: string): void {
  let tasks = 0;
  for (const level of priorityQueue.levels) {
    for (const queue of level) {
      expect(queue.tasks.length > 0 && queue.levels.includes(level), `${name} lists a wrong queue`);
      expect(queue.class.requirements.priority === level.priority, `${name} lists a queue at a wrong level`);
      tasks += queue.tasks.length;
    }
    expect(new Set(level).size === level.size, `${name} lists a queue twice`);
    expect(level.members >= level.size && level.members > 0, `${name} has a level without members`);
  }
  expect(priorityQueue.tasks === tasks, `${name} counts ${priorityQueue.tasks} tasks, not ${tasks}`);
  const priorities = priorityQueue.levels.map(({ priority }) => priority);
  expect(
    priorities.every((priority, i) => i === 0 || priority < priorities[i - 1]),
    `${name} is not in order`,
  );
  expect(priorityQueue.top === priorityQueue.levels.find(({ size }) => size > 0), `${name} has a wrong top`);
}

function checkTurns(queue: ReadyQueue): void {
  for (const [i, level] of queue.levels.entries()) {
    const listed = queue.nodes[i].rotation;
    expect(listed === (queue.tasks.length > 0 ? level : undefined), "a queue is not listed as it should");
  }
}

function checkFits(state: CoreState, taskClass: TaskClass): void {
  const { requirements, shared } = taskClass;
  const isIn = (queue: ReadyQueue, priorityQueue: PriorityQueue<ReadyQueue>) =>
    queue.levels.some((level) => level.priorityQueue === priorityQueue);
  for (const profile of state.profiles) {
    const resourceQueue = taskClass.fits.get(profile);
    const name = `a class of ${requirements.type}`;
    expect(
      (resourceQueue !== undefined) === fits(requirements, profile.capacity),
      `${name} is wrong about ${profile.key}`,
    );
    if (resourceQueue === undefined) continue;
    const resources = requirements.needs.map(({ resource }) => resource);
    expect(`${resourceQueue.resources}` === `${resources}`, `${name} is in a wrong resourceQueue`);
    expect(
      isIn(shared, resourceQueue.shared) === (taskClass.eligible === undefined),
      `${name} is in a wrong priorityQueue`,
    );
  }
  for (const worker of state.workers) {
    if (worker === undefined || !taskClass.fits.has(worker.profile)) continue;
    const isSeated = taskClass.eligible?.has(worker.slot) ?? false;
    expect(
      isIn(shared, workerQueueOf(worker, taskClass).own) === isSeated,
      `worker ${worker.slot} misses a queue`,
    );
  }
  for (const [slot, queue] of taskClass.own) {
    const worker = state.workers[slot];
    expect(worker !== undefined && queue.worker === worker, `there is a queue for worker ${slot}`);
    expect(taskClass.fits.has(worker.profile), `there is a queue for worker ${slot}, which does not fit`);
    expect(
      queue.levels.length === taskClass.fits.size + 1,
      `a queue of worker ${slot} misses a priorityQueue`,
    );
  }
}
