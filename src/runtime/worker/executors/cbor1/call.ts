import type { Call, CallInput, Id, ObjectSpec } from "../../../executor/cbor1/index.ts";
import type { DeclaredOutput } from "../../../plugin/check/outputs.ts";
import { decode } from "../../../protocol/codec/codec.ts";
import type { TaskRun } from "../../tasks/task-run.ts";

/** Bytes of an object that is sent in the message, at most. A larger one is sent as the path of its file. */
const MAX_INLINE = 128 * 1024;
/** Bytes of all objects in one message, so that many inputs do not make it too large. */
const MAX_INLINE_TOTAL = 16 * 2 ** 20;

/**
 * Builds the message about a run of a task. `isCached` says whether the executor already has an object of the session.
 */
export async function callOf(run: TaskRun, isCached: (object: number) => boolean): Promise<Call> {
  const { session, id, kind, name, user, config, firstOutput } = run.assigned;
  const { inputs } = run;
  const idOf = (object: number): Id => [session, object];
  const outputs = run.outputs.map((output, i) => ({
    spec: specOf(idOf(firstOutput + i), output),
    cache_hint: true,
  }));
  return {
    spec: {
      id: [session, id],
      task_type: kind.typeName,
      ...(config ? { config: decode(config) } : {}),
      ...(inputs.length > 0
        ? {
            inputs: inputs.map(({ object, label }) => ({ id: idOf(object), ...(label ? { label } : {}) })),
          }
        : {}),
      ...(outputs.length > 0 ? { outputs: outputs.map(({ spec }) => spec.id) } : {}),
      // Older executors know only whole CPUs.
      resources: { cpus: Math.ceil(kind.needs.cpus) },
      ...(name ? { name } : {}),
      ...userOf(user),
    },
    inputs: await Promise.all(callInputs(run, isCached)),
    outputs,
  };
}

function callInputs(run: TaskRun, isCached: (object: number) => boolean): Promise<CallInput>[] {
  const { session, inputUsers } = run.assigned;
  let inline = 0;
  return run.inputs.map(async (input): Promise<CallInput> => {
    const { object, label, dataType, contentType, size, memory } = input;
    let location: CallInput["location"];
    if (isCached(object)) location = "cached";
    else if (memory && size <= MAX_INLINE && inline + size <= MAX_INLINE_TOTAL) {
      inline += size;
      location = ["memory", memory];
    } else location = ["path", await input.path()];
    return {
      // The executor of Rain 0.4 in Python knows a content type only from here.
      spec: specOf([session, object], { label, dataType, contentType, user: inputUsers?.get(object) }),
      info: { size, ...(contentType ? { content_type: contentType } : {}) },
      location,
      cache_hint: true,
    };
  });
}

/** Without empty values, which some executors cannot read. */
function specOf(id: Id, { label, contentType, dataType, user }: DeclaredOutput): ObjectSpec {
  return {
    id,
    ...(label ? { label } : {}),
    ...(contentType ? { content_type: contentType } : {}),
    data_type: dataType,
    ...userOf(user),
  };
}

function userOf(user: unknown): { user?: unknown } {
  return user === undefined || user === null ? {} : { user };
}
