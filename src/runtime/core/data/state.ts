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
  /** Workers with tasks that an idle one might take back. */
  overloaded: Rotation<Worker>;
  /** Tasks that were asked back and not answered yet. */
  retracting: number;
  /** Counts objects and queues looked at for scheduling; tests check that it grows only with the tasks. */
  work: number;
  /** Turns of the sources of widely held objects. */
  sourceTurn: number;
  /** Failed tasks that wait for the time of their next run. What is not in `paused` of its session any more does not count. */
  retryDelays: EventHeap<{ session: number; task: number }>;
  /** The time that the shell was last asked to tell. */
  wakeTime: number | undefined;

  // What the current step has gathered so far.
  effects: Effect[];
  /** Workers whose load or own queue has changed. */
  dirty: Worker[];
  /** Workers with something in `batches`. */
  assigning: Worker[];
  /** By slot: objects to drop there, all of the session `dropSession`. */
  drops: (NumberList | undefined)[];
  dropSlots: number[];
  dropSession: number;

  // Reused from step to step.
  spareBatches: AssignmentBatch[];
  candidates: Worker[];
  finishedTasks: NumberList;
}

export interface Session {
  readonly id: number;
  state: SessionState;
  /** No further submit will come. */
  sealed: boolean;
  /** A failed task ends only what needs it. */
  readonly continuesOnFailure: boolean;
  /** Some task has failed for good. */
  hasFailures: boolean;
  /** Tasks that wait for the time of their next run, and that time. */
  readonly delayed: Map<number, number>;
  graph: Graph;
  classes: TaskClass[];
  classNumbers: Map<string, number>;
  /** Of its classes, in order, after they were discarded. */
  requirements: Requirements[];
  /** Slots of all that were given tasks or objects of this session, including the server's. */
  participants: Set<number>;
  /** Drops that may overtake, or be overtaken by, the task that makes the object: see `crossed-drops.ts`. */
  racingDrops: Set<string>;
  /** Tasks that a worker was told to abort, as `SLOT TASK`: it may have finished them before it heard of that. */
  abortedTasks: Set<string>;
}

/** The tasks of one session with equal demands: what fits a worker, and takes turns, as one. */
export class TaskClass {
  readonly session: Session;
  readonly requirements: Requirements;
  readonly cpus: number;
  /** Whether it needs anything besides cpus. */
  readonly hasNeeds: boolean;
  /** Estimated duration of a task: a moving average of what was measured, a guess before that. */
  seconds: number;
  measured = false;
  /** The profiles of the workers that can run it, and the resource queue of each that it belongs to. */
  readonly fits = new Map<Profile, ResourceQueue>();
  /** Slots of the only workers that may run it, if not all that fit may: those that the demand names, without those it avoids. */
  eligible: ReadonlySet<number> | undefined;
  /** Ready tasks for any worker; when it has eligible workers, those workers take turns at them as at queues of their own. */
  readonly shared = createReadyQueue(this, undefined);
  /** Ready tasks that have their inputs on one worker, by its slot. */
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
  /** The worker that has the inputs; `undefined` in the shared queue. */
  readonly worker: Worker | undefined;
  readonly tasks: NumberRing;
  /** Where it takes its turn while it is not empty, each by the link at the same index. */
  readonly levels: PriorityLevel<ReadyQueue>[];
  readonly nodes: RotationNode<ReadyQueue>[];
}

export function createReadyQueue(taskClass: TaskClass, worker: Worker | undefined): ReadyQueue {
  return { class: taskClass, worker, tasks: new NumberRing(), levels: [], nodes: [] };
}

/** How much a worker wants more tasks; the smaller, the more urgent. */
export type LoadLevel = 0 | 1 | 2 | 3;
/** Has free cpus. */
export const IDLE = 0;
/** Is about to have free cpus. */
export const NEARLY_IDLE = 1;
/** Holds less ahead than it should. */
export const UNSATURATED = 2;
export const SATURATED = 3;

/** Workers that are alike, and so can run the same tasks. */
export interface Profile {
  readonly key: string;
  readonly capacity: WorkerCapacity;
  workers: number;
  /** The first is that of the tasks that need nothing but cpus. */
  readonly resourceQueues: ResourceQueue[];
}

/** The ready tasks for the workers of a profile that need the same resources besides cpus: these may be short while others are not. */
export class ResourceQueue {
  /** In its profile. */
  readonly index: number;
  /** Names of the resources. */
  readonly resources: readonly string[];
  readonly hasResources: boolean;
  /** Shared queues of the classes that fit. */
  readonly shared = new PriorityQueue<ReadyQueue>();
  /** All own queues of the classes that fit. */
  readonly stealable = new PriorityQueue<ReadyQueue>();
  /** Workers of the profile that want more of these tasks, by load level. */
  readonly byLoadLevel = [new Rotation<Worker>(), new Rotation<Worker>(), new Rotation<Worker>()] as const;

  constructor(index: number, resources: readonly string[]) {
    this.index = index;
    this.resources = resources;
    this.hasResources = resources.length > 0;
  }
}

/** A worker's part in a resource queue of its profile. */
export class WorkerQueue {
  readonly resourceQueue: ResourceQueue;
  loadLevel: LoadLevel = SATURATED;
  readonly node: RotationNode<Worker>;
  /** Queues of its own. */
  readonly own = new PriorityQueue<ReadyQueue>();
  /** Turns that are due to the shared queues. */
  sharedTurns = 0;
  /** Tasks that it holds, though others have what they need. */
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
  /** One for each resource queue of the profile. */
  queues: WorkerQueue[];
  /** Assigned tasks, all of which may be asked back. */
  readonly unstarted = createAssignmentList();
  /** Assigned tasks for which a resource is lacking until others end; they do not count below, and may be asked back. */
  readonly surplus = createAssignmentList();
  /** Running and retracting tasks. */
  readonly runningOrRetracting = createAssignmentList();
  retracting = 0;
  /** Cpus of all tasks it has, and of those that are reported as started. */
  cpusAssigned = 0;
  cpusStarted = 0;
  /** Estimated cpu-seconds of the tasks that are not reported as started. */
  backlog = 0;
  /** What all its tasks take of the resources besides cpus. */
  readonly used = new Map<string, number>();
  readonly overloadedNode = new RotationNode<Worker>(this);
  /** Index of the worker queue whose turn it is. */
  turn = 0;
  isDirty = false;
  /** What the current step assigns to it. */
  readonly batches = new Map<Session, AssignmentBatch>();
  latestBatch: AssignmentBatch | undefined = undefined;
  /** Bytes that it has of the inputs of the task being placed. */
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

/** Tasks of one session assigned to one worker in the current step. */
export interface AssignmentBatch {
  session: Session | undefined;
  tasks: NumberList;
  /** Of all its tasks. */
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

/** The load or the own queues of a worker change: it is looked at before the step ends. */
export function markDirty(state: CoreState, worker: Worker): void {
  if (worker.isDirty) return;
  worker.isDirty = true;
  state.dirty.push(worker);
}
