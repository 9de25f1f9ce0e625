import * as v from "valibot";
import type { Method, Methods } from "../messages/client-messages.ts";
import { natural, nothing, numbers, positive, sha256, shortText, uint32 } from "./common.ts";
import { parse } from "./parse.ts";
import {
  clusterStatus,
  objectDescription,
  onFailure,
  placement,
  sessionProgress,
  sessionStatus,
  sessionSummary,
  taskInfo,
  taskTypeInfo,
} from "./status.ts";
import { submission } from "./submission.ts";
import { taskStory } from "./task-story.ts";

const hashes = v.object({ hashes: v.pipe(v.array(sha256), v.maxLength(1000)) });
const ofSession = v.object({ session: positive });
const ofGraph = v.object({ graph: positive });

const METHODS: {
  [M in Method]: {
    params: v.GenericSchema<unknown, Methods[M]["params"]>;
    result: v.GenericSchema<unknown, Methods[M]["result"]>;
  };
} = {
  status: { params: nothing, result: clusterStatus },
  taskTypes: {
    params: nothing,
    result: v.object({ types: v.array(taskTypeInfo), contentTypes: v.array(v.string()) }),
  },
  stopServer: { params: v.object({ force: v.boolean() }), result: nothing },
  newSession: {
    params: v.object({ name: shortText, detached: v.boolean(), retain: v.boolean(), onFailure }),
    result: ofSession,
  },
  attach: { params: ofSession, result: nothing },
  findSession: { params: v.object({ ref: v.union([positive, shortText]) }), result: sessionSummary },
  sessionStatus: { params: ofSession, result: sessionStatus },
  missingPlugins: { params: hashes, result: hashes },
  addChunk: { params: v.object({ graph: positive, chunk: submission }), result: nothing },
  dropGraph: { params: ofGraph, result: nothing },
  submit: { params: v.object({ session: positive, graph: positive }), result: nothing },
  place: { params: ofGraph, result: placement },
  seal: { params: ofSession, result: nothing },
  unkeep: { params: v.object({ session: positive, objects: numbers }), result: nothing },
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
  why: {
    params: v.object({ session: positive, task: v.union([uint32, shortText]) }),
    result: taskStory,
  },
  resolveRef: { params: v.object({ session: positive, ref: shortText }), result: objectDescription },
  cancel: { params: ofSession, result: nothing },
  close: { params: ofSession, result: nothing },
  watch: { params: ofSession, result: sessionProgress },
  unwatch: { params: ofSession, result: nothing },
  logs: {
    params: v.object({
      session: v.optional(positive),
      task: v.optional(uint32),
      worker: v.optional(natural),
      failed: v.optional(v.boolean()),
      server: v.optional(v.boolean()),
      follow: v.optional(v.boolean()),
    }),
    result: nothing,
  },
  abort: { params: v.object({ request: natural }), result: nothing },
};

export const METHOD_NAMES = Object.keys(METHODS) as Method[];

/** The parameters of a call. @throws INVALID_MESSAGE */
export function parseMethodParams<M extends Method>(method: M, params: unknown): Methods[M]["params"] {
  return parse<Methods[M]["params"]>(METHODS[method].params, params, method);
}

/** The answer to a call. @throws INVALID_MESSAGE */
export function parseMethodResult<M extends Method>(method: M, result: unknown): Methods[M]["result"] {
  return parse<Methods[M]["result"]>(METHODS[method].result, result, `answer to ${method}`);
}
