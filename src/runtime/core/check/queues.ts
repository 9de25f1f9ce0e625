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

/** Checks that the queues of a session contain exactly its ready tasks, each once. */
export function checkQueues(state: CoreState, session: Session): void {
  const { id, graph } = session;
  const queued = new Set<number>();
  for (const [number, taskClass] of session.classes.entries()) {
    checkFits(state, taskClass);
    for (const queue of [taskClass.shared, ...taskClass.own.values()]) {
      for (const task of queue.tasks.toArray()) {
        expect(!queued.has(task), `task ${task} of session ${id} is queued twice`);
        expect(graph.taskState[task] === READY, `task ${task} of session ${id} is queued, but not ready`);
        expect(kindOf(graph, task).class === number, `task ${task} of session ${id} is in the wrong queue`);
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

/** Checks the queues of a profile, and that no worker that needs tasks is passed over while tasks are ready. */
export function checkProfile(state: CoreState, profile: Profile): void {
  const members = state.workers.filter((worker) => worker?.profile === profile);
  expect(
    members.length === profile.workers,
    `profile ${profile.key} counts ${profile.workers} workers, not ${members.length}`,
  );
  expect(profile.workers > 0, `profile ${profile.key} has no workers`);
  for (const [index, resourceQueue] of profile.resourceQueues.entries()) {
    expect(resourceQueue.index === index, `a resource queue of profile ${profile.key} has a wrong index`);
    checkPriorityQueue(resourceQueue.shared, "a shared priority queue");
    checkPriorityQueue(resourceQueue.stealable, "a stealable priority queue");
    checkLoadLevels(resourceQueue, members);
  }
}

function checkLoadLevels(resourceQueue: ResourceQueue, members: readonly unknown[]): void {
  for (const loadLevel of [IDLE, NEARLY_IDLE, UNSATURATED] as const) {
    for (const worker of resourceQueue.byLoadLevel[loadLevel]) {
      expect(members.includes(worker), `worker ${worker.slot} is listed, but lost`);
      const workerQueue = worker.queues[resourceQueue.index];
      expect(
        workerQueue.loadLevel === loadLevel,
        `worker ${worker.slot} is in the list of another load level`,
      );
      expect(resourceQueue.shared.tasks === 0, `worker ${worker.slot} is not saturated, but tasks are ready`);
    }
  }
}

/** Checks that a priority queue lists each of its non-empty queues by priority and counts their tasks. */
export function checkPriorityQueue(priorityQueue: PriorityQueue<ReadyQueue>, name: string): void {
  let tasks = 0;
  for (const level of priorityQueue.levels) {
    for (const queue of level) {
      expect(queue.tasks.length > 0 && queue.levels.includes(level), `${name} lists a wrong queue`);
      expect(
        queue.class.requirements.priority === level.priority,
        `${name} lists a queue at the wrong level`,
      );
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
  expect(
    priorityQueue.top === priorityQueue.levels.find(({ size }) => size > 0),
    `${name} has the wrong top level`,
  );
}

function checkTurns(queue: ReadyQueue): void {
  for (const [i, level] of queue.levels.entries()) {
    const listed = queue.nodes[i].rotation;
    expect(
      listed === (queue.tasks.length > 0 ? level : undefined),
      "a queue is not in the list where it belongs",
    );
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
      `${name} is wrong about profile ${profile.key}`,
    );
    if (resourceQueue === undefined) continue;
    const resources = requirements.needs.map(({ resource }) => resource);
    expect(`${resourceQueue.resources}` === `${resources}`, `${name} is in the wrong resource queue`);
    expect(
      isIn(shared, resourceQueue.shared) === (taskClass.eligible === undefined),
      `${name} is in the wrong priority queue`,
    );
  }
  for (const worker of state.workers) {
    if (worker === undefined || !taskClass.fits.has(worker.profile)) continue;
    const isEligible = taskClass.eligible?.has(worker.slot) ?? false;
    expect(
      isIn(shared, workerQueueOf(worker, taskClass).own) === isEligible,
      `worker ${worker.slot} lacks a shared queue, or has one that it is not eligible for`,
    );
  }
  for (const [slot, queue] of taskClass.own) {
    const worker = state.workers[slot];
    expect(
      worker !== undefined && queue.worker === worker,
      `there is a queue for worker ${slot}, which is lost`,
    );
    expect(taskClass.fits.has(worker.profile), `there is a queue for worker ${slot}, which does not fit`);
    expect(
      queue.levels.length === taskClass.fits.size + 1,
      `a queue of worker ${slot} is missing from a priority queue`,
    );
  }
}
