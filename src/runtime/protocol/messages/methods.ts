import * as v from "valibot";
import { clusterStatus, placement } from "./cluster.ts";
import { logQuery } from "./logs.ts";
import { parse } from "./parse.ts";
import { onFailure, sessionProgress, sessionStatus, sessionSummary } from "./sessions.ts";
import { submission } from "./submission.ts";
import { taskStory } from "./task-story.ts";
import { dataObjectInfo, objectDescription, taskInfo, taskTypeInfo } from "./tasks.ts";
import { natural, nothing, numbers, positive, sha256, shortText, uint32 } from "./values.ts";

/** A session by its id, or the newest session with this name. */
const sessionRef = v.union([positive, shortText]);
export type SessionRef = v.InferOutput<typeof sessionRef>;

/** Options of a new session. */
const newSession = v.object({
  name: shortText,
  /** Continues without its client. */
  detached: v.boolean(),
  /** The session stays after its end until it is closed. Otherwise it closes with its client. */
  retain: v.boolean(),
  /** Whether a failed task stops the others, or only those that need its outputs. */
  onFailure,
});
export type NewSession = v.InferOutput<typeof newSession>;

/** What the workers offer. */
const taskTypes = v.object({ types: v.array(taskTypeInfo), contentTypes: v.array(v.string()) });
export type TaskTypes = v.InferOutput<typeof taskTypes>;

const hashes = v.object({ hashes: v.pipe(v.array(sha256), v.maxLength(1000)) });
const ofSession = v.object({ session: positive });
const ofGraph = v.object({ graph: positive });

/** The parameters and answer of each request of a client. HTTP routes use the same methods. */
const METHODS = {
  status: { params: nothing, result: clusterStatus },
  taskTypes: {
    params: nothing,
    result: taskTypes,
  },
  stopServer: { params: v.object({ force: v.boolean() }), result: nothing },
  newSession: { params: newSession, result: ofSession },
  /** Claims an attached session for its client, which has reconnected to another server. */
  attach: { params: ofSession, result: nothing },
  findSession: { params: v.object({ ref: sessionRef }), result: sessionSummary },
  sessionStatus: { params: ofSession, result: sessionStatus },
  /** Finds which of these plugin packages the server lacks. The client uploads them before the submit. */
  missingPlugins: { params: hashes, result: hashes },
  /**
   * Adds a chunk of a graph. The client chooses the number of the graph. The server keeps the chunks for this
   * connection only, until `submit` or `place` uses the whole graph, or `dropGraph` discards it. An invalid
   * chunk discards the others, too.
   */
  addChunk: { params: v.object({ graph: positive, chunk: submission }), result: nothing },
  dropGraph: { params: ofGraph, result: nothing },
  /** Adds the graph to the session, or rejects all of it. */
  submit: { params: v.object({ session: positive, graph: positive }), result: nothing },
  /**
   * Computes where the tasks of a first submit would run. Changes nothing on the server. Constants need no
   * data.
   */
  place: { params: ofGraph, result: placement },
  /** Ends submission: no further submit will come. */
  seal: { params: ofSession, result: nothing },
  unkeep: { params: v.object({ session: positive, objects: numbers }), result: nothing },
  /**
   * Answered when all are finished (`all`), or at least one (`some`). Empty lists mean everything submitted.
   */
  wait: {
    params: v.object({
      session: positive,
      tasks: numbers,
      objects: numbers,
      mode: v.picklist(["all", "some"]),
    }),
    result: v.object({ tasks: numbers, objects: numbers }),
  },
  taskInfo: {
    params: v.object({ session: positive, tasks: numbers }),
    result: v.object({ tasks: v.array(taskInfo) }),
  },
  objectInfo: {
    params: v.object({ session: positive, objects: numbers }),
    result: v.object({ objects: v.array(dataObjectInfo) }),
  },
  /**
   * Explains why a task waits, ran on its worker, failed or ran again. The task is a number, key, name, or
   * `#` and number.
   */
  why: {
    params: v.object({ session: positive, task: v.union([uint32, shortText]) }),
    result: taskStory,
  },
  /** Finds the kept object of a ref such as `report`, `chunks[0]`, `chunks.last` or `#17` (its number). */
  resolveRef: { params: v.object({ session: positive, ref: shortText }), result: objectDescription },
  cancel: { params: ofSession, result: nothing },
  close: { params: ofSession, result: nothing },
  /**
   * The answer is the first progress event. Others follow until the session ends or the client unsubscribes.
   */
  watch: { params: ofSession, result: sessionProgress },
  unwatch: { params: ofSession, result: nothing },
  /**
   * Entries arrive as `log` events with the id of this request. The answer follows the last one. With
   * `follow`, that is when the session has ended; without a session there is none.
   */
  logs: { params: logQuery, result: nothing },
  /** Aborts a pending `wait` or `logs`. */
  abort: { params: v.object({ request: natural }), result: nothing },
};

export type Method = keyof typeof METHODS;

/** The parameters and the result of every method. */
export type Methods = {
  [M in keyof typeof METHODS]: {
    params: v.InferOutput<(typeof METHODS)[M]["params"]>;
    result: v.InferOutput<(typeof METHODS)[M]["result"]>;
  };
};

export const METHOD_NAMES = Object.keys(METHODS) as Method[];

const SCHEMAS: {
  [M in Method]: {
    params: v.GenericSchema<unknown, Methods[M]["params"]>;
    result: v.GenericSchema<unknown, Methods[M]["result"]>;
  };
} = METHODS;

/** The parameters of a call. @throws INVALID_MESSAGE */
export function parseMethodParams<M extends Method>(method: M, params: unknown): Methods[M]["params"] {
  return parse<Methods[M]["params"]>(SCHEMAS[method].params, params, method);
}

/** The answer to a call. @throws INVALID_MESSAGE */
export function parseMethodResult<M extends Method>(method: M, result: unknown): Methods[M]["result"] {
  return parse<Methods[M]["result"]>(SCHEMAS[method].result, result, `answer to ${method}`);
}
