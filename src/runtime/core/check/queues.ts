import { kindOf } from "../graph.ts";
import {
  type CoreState,
  DRY,
  HUNGRY,
  IDLE,
  type Lane,
  type Profile,
  type ReadyQueue,
  type Session,
  type TaskClass,
} from "../state.ts";
import { READY } from "../task-state.ts";
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

/** Nobody in need is passed over while tasks are ready. */
export function checkProfile(state: CoreState, profile: Profile): void {
  const members = state.workers.filter((worker) => worker?.profile === profile);
  expect(members.length === profile.workers, `profile ${profile.key} counts ${profile.workers} workers`);
  expect(profile.workers > 0, `profile ${profile.key} has no workers`);
  checkLane(profile.shared, "a shared lane");
  checkLane(profile.stealable, "a stealable lane");
  for (const appetite of [IDLE, DRY, HUNGRY] as const) {
    for (const worker of profile.wanting[appetite]) {
      expect(members.includes(worker), `worker ${worker.slot} is listed and gone`);
      expect(worker.appetite === appetite, `worker ${worker.slot} is listed by a wrong appetite`);
      expect(profile.shared.tasks === 0, `worker ${worker.slot} wants tasks, and there are some`);
    }
  }
}

/** A lane lists each of its queues that is not empty, and counts their tasks. */
export function checkLane(lane: Lane, name: string): void {
  let tasks = 0;
  for (const queue of lane) {
    expect(queue.tasks.length > 0 && queue.lanes.includes(lane), `${name} lists a queue that is not its own`);
    tasks += queue.tasks.length;
  }
  expect(lane.tasks === tasks, `${name} counts ${lane.tasks} tasks, not ${tasks}`);
  expect(new Set(lane).size === lane.size, `${name} lists a queue twice`);
}

function checkTurns(queue: ReadyQueue): void {
  for (const [i, lane] of queue.lanes.entries()) {
    const listed = queue.links[i].rotation;
    expect(listed === (queue.tasks.length > 0 ? lane : undefined), "a queue is not listed as it should");
  }
}

function checkFits(state: CoreState, taskClass: TaskClass): void {
  for (const profile of state.profiles) {
    const fits = taskClass.cpus <= profile.cpus && profile.types.has(taskClass.type);
    expect(
      taskClass.fits.has(profile) === fits,
      `a class of ${taskClass.type} is wrong about ${profile.key}`,
    );
    expect(taskClass.shared.lanes.includes(profile.shared) === fits, "a shared queue is in a wrong lane");
  }
  for (const [slot, queue] of taskClass.own) {
    const worker = state.workers[slot];
    expect(worker !== undefined && queue.worker === worker, `there is a queue for worker ${slot}`);
    expect(taskClass.fits.has(worker.profile), `there is a queue for worker ${slot}, which does not fit`);
    expect(queue.lanes.length === taskClass.fits.size + 1, `a queue of worker ${slot} misses a lane`);
  }
}
