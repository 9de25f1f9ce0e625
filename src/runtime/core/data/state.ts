import { NumberList } from "../../collections/columns.ts";
import { EventHeap } from "../../collections/event-heap.ts";
import { NumberRing } from "../../collections/number-ring.ts";
import { type PriorityLevel, PriorityQueue } from "../../collections/priority-queue.ts";
import { Rotation, RotationNode } from "../../collections/rotation.ts";
import type { SessionState } from "../../model/session-states.ts";
import type { WorkerCapacity } from "../../model/worker-capacity.ts";
import { CoreError } from "../core-error.ts";
import type { Effect } from "../events.ts";
import { type Assignments, createAssignmentList, createAssignments } from "./assignments.ts";
import { createGraph, type Graph } from "./graph.ts";
import { createRecentTransitions, type RecentTransitions } from "./recent-transitions.ts";
import type { Requirements } from "./requirements.ts";

/** The whole state of the core. Only `step` changes it. */
export interface CoreState {
  sessions: Map<number, Session>;
  /** Indexed by slot. */
  workers: (Worker | undefined)[];
  profiles: Profile[];
  assignments: Assignments;
  recent: RecentTransitions;
  /** Workers with tasks that an idle worker could run sooner. */
  overloaded: Rotation<Worker>;
  /** Number of tasks that workers were asked to give back and have not. */
  retracting: number;
  /**
   * Number of objects and queues examined for scheduling. Tests check that it grows only with the number of
   * tasks.
   */
  work: number;
  /** Makes the replicas of an object take turns as its source. */
  sourceTurn: number;
  /**
   * Failed tasks and the times of their next runs. Entries that do not match `delayed` of their session are
   * ignored.
   */
  retryDelays: EventHeap<{ session: number; task: number }>;
  /** The time of the last `wakeAt` effect. */
  wakeTime: number | undefined;

  // Collected during the current step.
  effects: Effect[];
  /** Workers whose load or own queues have changed. */
  dirty: Worker[];
  /** Workers with entries in `batches`. */
  assigning: Worker[];
  /** Objects to drop, by slot. All belong to the session `dropSession`. */
  drops: (NumberList | undefined)[];
  dropSlots: number[];
  dropSession: number;

  // Buffers that every step uses again.
  spareBatches: AssignmentBatch[];
  candidates: Worker[];
  finishedTasks: NumberList;
}

export interface Session {
  readonly id: number;
  state: SessionState;
  /** No further submit will come. */
  sealed: boolean;
  /** Whether a failed task only skips the tasks that need its outputs, rather than ending the session. */
  readonly continuesOnFailure: boolean;
  /** Whether a task has failed permanently. */
  hasFailures: boolean;
  /** Tasks that wait for their next run, and the times of these runs. */
  readonly delayed: Map<number, number>;
  graph: Graph;
  classes: TaskClass[];
  classNumbers: Map<string, number>;
  /** The requirements of its classes in order, once these are discarded. */
  requirements: Requirements[];
  /** Slots of all workers that were given tasks or objects of this session, and perhaps of the server. */
  participants: Set<number>;
  /** Drops that race with the task that makes the object; see `racing-drops.ts`. */
  racingDrops: Set<string>;
  /** Tasks that a worker was told to abort, as `SLOT TASK`. It may have finished them before it was told. */
  abortedTasks: Set<string>;
}

/** The tasks of one session with equal requirements. The scheduler treats them alike. */
export class TaskClass {
  readonly session: Session;
  readonly requirements: Requirements;
  readonly cpus: number;
  /** Whether the tasks need anything besides cpus. */
  readonly hasNeeds: boolean;
  /** Estimated duration of a task: a moving average of measured durations, or a guess until one is measured. */
  seconds: number;
  measured = false;
  /** The profiles of the workers that can run the tasks, each with its resource queue for the class. */
  readonly fits = new Map<Profile, ResourceQueue>();
  /**
   * If not every worker that fits may run the tasks: the slots of those that may. These are the workers named
   * in the requirements, without those to avoid.
   */
  eligible: ReadonlySet<number> | undefined;
  /**
   * Ready tasks for any worker. If the class has eligible workers, the queue is among the own queues of each.
   */
  readonly shared = createReadyQueue(this, undefined);
  /** Ready tasks whose inputs are on one worker, by its slot. */
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
  /** The worker that has the inputs. `undefined` for the shared queue. */
  readonly worker: Worker | undefined;
  readonly tasks: NumberRing;
  /** The priority levels in which the queue takes turns while it is not empty. `nodes` has its node in each. */
  readonly levels: PriorityLevel<ReadyQueue>[];
  readonly nodes: RotationNode<ReadyQueue>[];
}

export function createReadyQueue(taskClass: TaskClass, worker: Worker | undefined): ReadyQueue {
  return { class: taskClass, worker, tasks: new NumberRing(), levels: [], nodes: [] };
}

/** How much work a worker has. The lower the level, the sooner it gets more. */
export type LoadLevel = 0 | 1 | 2 | 3;
/** The worker has free cpus. */
export const IDLE = 0;
/** The worker will soon have free cpus. */
export const NEARLY_IDLE = 1;
/** All cpus are busy, but too few tasks wait behind those that run. */
export const UNSATURATED = 2;
export const SATURATED = 3;

/** Workers of equal capacity, which can run the same tasks. */
export interface Profile {
  readonly key: string;
  readonly capacity: WorkerCapacity;
  workers: number;
  /** The first is for tasks that need only cpus. */
  readonly resourceQueues: ResourceQueue[];
}

/**
 * The ready tasks for workers of one profile that need the same resources besides cpus. There is a queue per
 * set of resources because one resource may be used up while others are free.
 */
export class ResourceQueue {
  /** Index in the profile. */
  readonly index: number;
  /** Names of the resources. */
  readonly resources: readonly string[];
  readonly hasResources: boolean;
  /** Shared queues of the classes that the profile can run. */
  readonly shared = new PriorityQueue<ReadyQueue>();
  /** All own queues of the classes that the profile can run. */
  readonly stealable = new PriorityQueue<ReadyQueue>();
  /** Workers of the profile that need more of these tasks, by load level. */
  readonly byLoadLevel = [new Rotation<Worker>(), new Rotation<Worker>(), new Rotation<Worker>()] as const;

  constructor(index: number, resources: readonly string[]) {
    this.index = index;
    this.resources = resources;
    this.hasResources = resources.length > 0;
  }
}

/** A worker's part of a resource queue of its profile. */
export class WorkerQueue {
  readonly resourceQueue: ResourceQueue;
  loadLevel: LoadLevel = SATURATED;
  readonly node: RotationNode<Worker>;
  /** Queues of tasks whose inputs are on this worker, or for which it is eligible. */
  readonly own = new PriorityQueue<ReadyQueue>();
  /** Number of turns owed to the shared queues. */
  sharedTurns = 0;
  /** Number of tasks assigned to the worker that lack a resource which its other tasks use. */
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
  /** One per resource queue of the profile. */
  queues: WorkerQueue[];
  /** Assigned tasks with their resources available. All may be asked back. */
  readonly unstarted = createAssignmentList();
  /**
   * Assigned tasks that lack a resource until other tasks end. They are not counted in the sums below, and
   * may be asked back.
   */
  readonly surplus = createAssignmentList();

  readonly runningOrRetracting = createAssignmentList();
  retracting = 0;
  /** Cpus of all its tasks, and of those reported as started. */
  cpusAssigned = 0;
  cpusStarted = 0;
  /** Estimated cpu-seconds of the tasks not reported as started. */
  backlog = 0;
  /** Amounts of resources other than cpus that its tasks use. */
  readonly used = new Map<string, number>();
  readonly overloadedNode = new RotationNode<Worker>(this);
  /** Index of the worker queue whose turn it is. */
  turn = 0;
  isDirty = false;
  /** The tasks that the current step assigns to the worker. */
  readonly batches = new Map<Session, AssignmentBatch>();
  latestBatch: AssignmentBatch | undefined = undefined;
  /** Bytes of inputs that the worker has of the task being placed. */
  weight = 0;

  constructor(slot: number, profile: Profile) {
    this.slot = slot;
    this.profile = profile;
    this.cpus = profile.capacity.cpus;
    this.queues = profile.resourceQueues.map((resourceQueue) => new WorkerQueue(resourceQueue, this));
  }

  get assigned(): number {
    return this.unstarted.length + this.surplus.length + this.runningOrRetracting.length;
  }
}

/** The tasks of one session that the current step assigns to one worker. */
export interface AssignmentBatch {
  session: Session | undefined;
  tasks: NumberList;
  /** Number of inputs of all these tasks. */
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
    finishedTasks: new NumberList(),
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

/** Marks a worker whose load or own queues change. Its load is updated before the step ends. */
export function markDirty(state: CoreState, worker: Worker): void {
  if (worker.isDirty) return;
  worker.isDirty = true;
  state.dirty.push(worker);
}

/** The session of an assignment. It lasts longer than its assignments. */
export function sessionOf({ sessions, assignments }: CoreState, entry: number): Session {
  const session = sessions.get(assignments.session[entry]);
  if (session === undefined) throw new CoreError(`assignment ${entry} is of a session that is gone`);
  return session;
}
