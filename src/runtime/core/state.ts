import { NumberList } from "./column.ts";
import type { Effect, SessionState } from "./events.ts";
import { createGraph, type Graph } from "./graph.ts";
import { createHeldList, createHeldTasks, type HeldTasks } from "./held-tasks.ts";
import { createHistory, type History } from "./history.ts";
import { Link, Rotation } from "./rotation.ts";
import { TaskRing } from "./task-ring.ts";

/** Everything that the core knows. Only `step` changes it. */
export interface CoreState {
  sessions: Map<number, Session>;
  /** By slot. */
  workers: (Worker | undefined)[];
  profiles: Profile[];
  held: HeldTasks;
  history: History;
  /** Workers with tasks that an idle one might take back. */
  overfull: Rotation<Worker>;
  /** Tasks that were asked back and not answered yet. */
  retracting: number;
  /** Counts objects and queues looked at for scheduling; tests check that it grows only with the tasks. */
  work: number;
  /** Turns of the sources of widely held objects. */
  sourceTurn: number;

  // What the current step has gathered so far.
  effects: Effect[];
  /** Workers whose load or own queue has changed. */
  touched: Worker[];
  /** Workers with something in `batches`. */
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
  graph: Graph;
  classes: TaskClass[];
  classNumbers: Map<string, number>;
  /** Slots of all that were given tasks or objects of this session, including the server's. */
  places: Set<number>;
}

/** The tasks of one session with the same type and resources: what fits a worker, and takes turns, as one. */
export class TaskClass {
  readonly session: Session;
  readonly type: string;
  readonly cpus: number;
  /** Estimated duration of a task: a moving average of what was measured, a guess before that. */
  seconds: number;
  measured = false;
  /** The profiles of the workers that can run it. */
  readonly fits = new Set<Profile>();
  /** Ready tasks for any worker. */
  readonly shared = createReadyQueue(this, undefined);
  /** Ready tasks that have their inputs on one worker, by its slot. */
  readonly own = new Map<number, ReadyQueue>();

  constructor(session: Session, type: string, cpus: number, guessedSeconds: number) {
    this.session = session;
    this.type = type;
    this.cpus = cpus;
    this.seconds = guessedSeconds;
  }
}

export interface ReadyQueue {
  readonly class: TaskClass;
  /** The worker that has the inputs; `undefined` in the shared queue. */
  readonly worker: Worker | undefined;
  readonly tasks: TaskRing;
  /** Where it takes its turn while it is not empty, each by the link at the same index. */
  readonly lanes: Lane[];
  readonly links: Link<ReadyQueue>[];
}

export function createReadyQueue(taskClass: TaskClass, worker: Worker | undefined): ReadyQueue {
  return { class: taskClass, worker, tasks: new TaskRing(), lanes: [], links: [] };
}

/** Queues with ready tasks that take turns. */
export class Lane extends Rotation<ReadyQueue> {
  /** In all of its queues. */
  tasks = 0;
}

/** How much a worker wants more tasks; the smaller, the more urgent. */
export type Appetite = 0 | 1 | 2 | 3;
/** Has free cpus. */
export const IDLE = 0;
/** Is about to have free cpus. */
export const DRY = 1;
/** Holds less ahead than it should. */
export const HUNGRY = 2;
export const SATED = 3;

/** Workers that are alike, and so can run the same tasks. */
export interface Profile {
  readonly key: string;
  readonly cpus: number;
  readonly types: ReadonlySet<string>;
  workers: number;
  /** Shared queues of the classes that fit. */
  shared: Lane;
  /** All own queues of the classes that fit. */
  stealable: Lane;
  /** Its workers that want more, by appetite. */
  wanting: readonly [Rotation<Worker>, Rotation<Worker>, Rotation<Worker>];
}

export class Worker {
  readonly slot: number;
  readonly profile: Profile;
  readonly cpus: number;
  /** Assigned tasks, all of which may be asked back. */
  readonly unstarted = createHeldList();
  /** Running and retracting tasks. */
  readonly others = createHeldList();
  retracting = 0;
  /** Cpus of all tasks it has, and of those that are reported as started. */
  cpusHeld = 0;
  cpusStarted = 0;
  /** Estimated cpu-seconds of the tasks that are not reported as started. */
  backlog = 0;
  appetite: Appetite = SATED;
  readonly wantingLink = new Link<Worker>(this);
  readonly overfullLink = new Link<Worker>(this);
  /** Own queues of all classes. */
  readonly own = new Lane();
  /** Turns that are due to the shared queues. */
  sharedTurns = 0;
  touched = false;
  /** What the current step assigns to it. */
  readonly batches = new Map<Session, Batch>();
  lastBatch: Batch | undefined = undefined;
  /** Bytes that it has of the inputs of the task being placed. */
  weight = 0;

  constructor(slot: number, profile: Profile) {
    this.slot = slot;
    this.profile = profile;
    this.cpus = profile.cpus;
  }

  get held(): number {
    return this.unstarted.length + this.others.length;
  }
}

/** Tasks of one session assigned to one worker in the current step. */
export interface Batch {
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
    held: createHeldTasks(),
    history: createHistory(),
    overfull: new Rotation(),
    retracting: 0,
    work: 0,
    sourceTurn: 0,
    effects: [],
    touched: [],
    assigning: [],
    drops: [],
    dropSlots: [],
    dropSession: 0,
    spareBatches: [],
    candidates: [],
    numbers: new NumberList(),
  };
}

export function createSession(id: number): Session {
  return {
    id,
    state: "open",
    sealed: false,
    graph: createGraph(),
    classes: [],
    classNumbers: new Map(),
    places: new Set(),
  };
}
