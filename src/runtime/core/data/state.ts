import { NumberList } from "../../collections/columns.ts";
import { EventHeap } from "../../collections/event-heap.ts";
import { NumberRing } from "../../collections/number-ring.ts";
import { type PriorityLevel, PriorityQueue } from "../../collections/priority-queue.ts";
import { Rotation, RotationNode } from "../../collections/rotation.ts";
import type { SessionState } from "../../model/session-states.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import type { Effect } from "../events.ts";
import { type Assignments, createAssignmentList, createAssignments } from "./assignments.ts";
import { createGraph, type Graph } from "./graph.ts";
import { createRecentTransitions, type RecentTransitions } from "./recent-transitions.ts";
import type { Requirements } from "./requirements.ts";

/** Everything that the core knows. Only `step` changes it. */
export interface CoreState {
  sessions: Map<number, Session>;
  /** By slot. */
  workers: (Worker | undefined)[];
  profiles: Profile[];
  assignments: Assignments;
  recent: RecentTransitions;
  /** Workers with tasks that an idle worker might start earlier. */
  overloaded: Rotation<Worker>;
  /** Tasks that workers were asked to give back, without an answer so far. */
  retracting: number;
  /**
   * Counts the objects and queues that scheduling has looked at. Tests check that it grows only with the
   * number of tasks.
   */
  work: number;
  /** Counter by which the replicas of an object take turns as its source. */
  sourceTurn: number;
  /**
   * Failed tasks that wait for their next run. Entries that are no longer in `delayed` of their session do
   * not count.
   */
  retryDelays: EventHeap<{ session: number; task: number }>;
  /** The time for which the shell was last asked to send `timePassed`. */
  wakeTime: number | undefined;

  // Collected by the current step.
  effects: Effect[];
  /** Workers whose load or own queues have changed. */
  dirty: Worker[];
  /** Workers with assignments in `batches`. */
  assigning: Worker[];
  /** By slot: objects to drop there, all of the session `dropSession`. */
  drops: (NumberList | undefined)[];
  dropSlots: number[];
  dropSession: number;

  // Reused from step to step.
  spareBatches: Batch[];
  candidates: Worker[];
  numbers: NumberList;
}

export interface Session {
  readonly id: number;
  state: SessionState;
  /** No further submit will come. */
  sealed: boolean;
  /** A failed task stops only the tasks that need it. */
  readonly continuesOnFailure: boolean;
  /** Some task has failed for good. */
  hasFailures: boolean;
  /** Tasks that wait for their next run, each with the time of that. */
  readonly delayed: Map<number, number>;
  graph: Graph;
  classes: TaskClass[];
  classNumbers: Map<string, number>;
  /** The requirements of its classes, in order, after the classes were discarded. */
  requirements: Requirements[];
  /**
   * Slots of the workers that were given tasks or objects of this session, and of the server if it holds
   * objects.
   */
  participants: Set<number>;
  /** Drops that may arrive before or after the task that makes the object: see `racing-drops.ts`. */
  racingDrops: Set<string>;
  /**
   * Tasks that a worker was told to abort, as `SLOT TASK`. The worker may have finished them before it
   * received the message.
   */
  abortedTasks: Set<string>;
}

/** The tasks of one session with equal requirements. They fit the same workers and take turns as one. */
export class TaskClass {
  readonly session: Session;
  readonly requirements: Requirements;
  readonly cpus: number;
  /** Whether the tasks need any resource besides cpus. */
  readonly hasNeeds: boolean;
  /** Estimated duration of a task: a guess until the first measurement, then a moving average. */
  seconds: number;
  measured = false;
  /** The profiles of workers that can run the class, each with the resource queue of the class. */
  readonly fits = new Map<Profile, ResourceQueue>();
  /**
   * Slots of the eligible workers, when not all that fit are eligible: the named workers, without those to be
   * avoided.
   */
  eligible: ReadonlySet<number> | undefined;
  /**
   * Ready tasks for any worker that fits. When only some workers are eligible, the queue is a member of the
   * own queues of those workers.
   */
  readonly shared = createReadyQueue(this, undefined);
  /** Ready tasks whose inputs are on one worker, by the slot of that worker. */
  readonly own = new Map<number, ReadyQueue>();

  constructor(session: Session, requirements: Requirements, guessedSeconds: number) {
    this.session = session;
    this.requirements = requirements;
    this.cpus = requirements.cpus;
    this.hasNeeds = requirements.needs.length > 0;
    this.eligible = requirements.workers;
    this.seconds = guessedSeconds;
  }
}

export interface ReadyQueue {
  readonly class: TaskClass;
  /** The worker that has the inputs; `undefined` for the shared queue. */
  readonly worker: Worker | undefined;
  readonly tasks: NumberRing;
  /** The levels where the queue takes turns while it is not empty, each with the node at the same index. */
  readonly levels: PriorityLevel<ReadyQueue>[];
  readonly nodes: RotationNode<ReadyQueue>[];
}

export function createReadyQueue(taskClass: TaskClass, worker: Worker | undefined): ReadyQueue {
  return { class: taskClass, worker, tasks: new NumberRing(), levels: [], nodes: [] };
}

/** How busy a worker is in a resource queue. The lower the level, the more urgently it needs tasks. */
export type LoadLevel = 0 | 1 | 2 | 3;
/** The worker has free cpus. */
export const IDLE = 0;
/** The worker is about to have free cpus. */
export const NEARLY_IDLE = 1;
/** The worker has less work ahead than it should. */
export const UNSATURATED = 2;
export const SATURATED = 3;

/** Workers with the same capacity, which can run the same tasks. */
export interface Profile {
  readonly key: string;
  readonly capacity: WorkerCapacity;
  workers: number;
  /** The first one is for tasks that need nothing but cpus. */
  readonly resourceQueues: ResourceQueue[];
}

/**
 * The ready tasks, for the workers of one profile, that need the same resources besides cpus. Such resources
 * may be short while others are not.
 */
export class ResourceQueue {
  /** Position in the profile. */
  readonly index: number;
  /** Names of the resources besides cpus. */
  readonly resources: readonly string[];
  readonly hasResources: boolean;
  /** The shared queues of the classes that fit. */
  readonly shared = new PriorityQueue<ReadyQueue>();
  /** The own queues of all workers, of the classes that fit. */
  readonly stealable = new PriorityQueue<ReadyQueue>();
  /** The unsaturated workers of the profile, by load level. */
  readonly byLoad = [new Rotation<Worker>(), new Rotation<Worker>(), new Rotation<Worker>()] as const;

  constructor(index: number, resources: readonly string[]) {
    this.index = index;
    this.resources = resources;
    this.hasResources = resources.length > 0;
  }
}

/** One worker's part of a resource queue. */
export class WorkerQueue {
  readonly resourceQueue: ResourceQueue;
  load: LoadLevel = SATURATED;
  readonly node: RotationNode<Worker>;
  /** Queues with ready tasks for this worker only. */
  readonly own = new PriorityQueue<ReadyQueue>();
  /** Turns that the shared queues are owed. */
  sharedTurns = 0;
  /** Assigned tasks for which no resources are free. */
  surplus = 0;

  constructor(resourceQueue: ResourceQueue, worker: Worker) {
    this.resourceQueue = resourceQueue;
    this.node = new RotationNode(worker);
  }
}

export class Worker {
  readonly slot: number;
  profile: Profile;
  readonly cpus: number;
  /** One for each resource queue of the profile, in the same order. */
  queues: WorkerQueue[];
  /** Assigned tasks that have not started. All of them may be retracted. */
  readonly unstarted = createAssignmentList();
  /**
   * Assigned tasks that wait for a resource until other tasks end. They do not count in the figures below,
   * and may be retracted.
   */
  readonly surplus = createAssignmentList();
  /** Running and retracting tasks. */
  readonly others = createAssignmentList();
  retracting = 0;
  /** Cpus of all assigned tasks, and of those reported as started. */
  cpusAssigned = 0;
  cpusStarted = 0;
  /** Estimated cpu-seconds of the assigned tasks that are not reported as started. */
  backlog = 0;
  /** Amounts of the resources besides cpus that its tasks take. */
  readonly used = new Map<string, number>();
  readonly overloadedNode = new RotationNode<Worker>(this);
  /** Index of the worker queue whose turn it is. */
  turn = 0;
  isDirty = false;
  /** Assignments of the current step. */
  readonly batches = new Map<Session, Batch>();
  lastBatch: Batch | undefined = undefined;
  /** Bytes of inputs on this worker, of the task that is being placed. */
  weight = 0;

  constructor(slot: number, profile: Profile) {
    this.slot = slot;
    this.profile = profile;
    this.cpus = profile.capacity.cpus;
    this.queues = profile.resourceQueues.map((resourceQueue) => new WorkerQueue(resourceQueue, this));
  }

  get assigned(): number {
    return this.unstarted.length + this.surplus.length + this.others.length;
  }
}

/** Tasks of one session assigned to one worker in the current step. */
export interface Batch {
  session: Session | undefined;
  tasks: NumberList;
  /** Inputs of all tasks. */
  inputCount: number;
}

export function createState(): CoreState {
  return {
    sessions: new Map(),
    workers: [],
    profiles: [],
    assignments: createAssignments(),
    recent: createRecentTransitions(),
    overloaded: new Rotation(),
    retracting: 0,
    work: 0,
    sourceTurn: 0,
    retryDelays: new EventHeap(),
    wakeTime: undefined,
    effects: [],
    dirty: [],
    assigning: [],
    drops: [],
    dropSlots: [],
    dropSession: 0,
    spareBatches: [],
    candidates: [],
    numbers: new NumberList(),
  };
}

export function createSession(id: number, continuesOnFailure: boolean): Session {
  return {
    id,
    state: "open",
    sealed: false,
    continuesOnFailure,
    hasFailures: false,
    delayed: new Map(),
    graph: createGraph(),
    classes: [],
    classNumbers: new Map(),
    requirements: [],
    participants: new Set(),
    racingDrops: new Set(),
    abortedTasks: new Set(),
  };
}

/** Marks a worker whose load or own queues change: the step looks at it before it ends. */
export function markDirty(state: CoreState, worker: Worker): void {
  if (worker.isDirty) return;
  worker.isDirty = true;
  state.dirty.push(worker);
}
